"""Names of the fields that a certification shows; a tag that is not here is shown by its number alone."""

from typing import Final

__all__ = ["MSG_TYPE_NAMES", "TAG_NAMES"]

_NAMES = """
1 Account|6 AvgPx|7 BeginSeqNo|8 BeginString|9 BodyLength|10 CheckSum|11 ClOrdID|12 Commission|14 CumQty|15 Currency
16 EndSeqNo|17 ExecID|18 ExecInst|19 ExecRefID|20 ExecTransType|21 HandlInst|22 SecurityIDSource|30 LastMkt|31 LastPx
32 LastQty|34 MsgSeqNum|35 MsgType|36 NewSeqNo|37 OrderID|38 OrderQty|39 OrdStatus|40 OrdType|41 OrigClOrdID
43 PossDupFlag|44 Price|45 RefSeqNum|48 SecurityID|49 SenderCompID|50 SenderSubID|52 SendingTime|54 Side|55 Symbol
56 TargetCompID|57 TargetSubID|58 Text|59 TimeInForce|60 TransactTime|63 SettlType|64 SettlDate|75 TradeDate
95 RawDataLength|96 RawData|97 PossResend|98 EncryptMethod|99 StopPx|100 ExDestination|102 CxlRejReason|103 OrdRejReason
108 HeartBtInt|110 MinQty|111 MaxFloor|112 TestReqID|115 OnBehalfOfCompID|122 OrigSendingTime|123 GapFillFlag
126 ExpireTime|128 DeliverToCompID|141 ResetSeqNumFlag|150 ExecType|151 LeavesQty|167 SecurityType|198 SecondaryOrderID
207 SecurityExchange|263 SubscriptionRequestType|336 TradingSessionID|347 MessageEncoding|354 EncodedTextLen
369 LastMsgSeqNumProcessed|371 RefTagID|372 RefMsgType|373 SessionRejectReason|378 ExecRestatementReason
379 BusinessRejectRefID|380 BusinessRejectReason|383 MaxMessageSize|432 ExpireDate|434 CxlRejResponseTo|453 NoPartyIDs
447 PartyIDSource|448 PartyID|452 PartyRole|526 SecondaryClOrdID|527 SecondaryExecID|528 OrderCapacity|553 Username
554 Password|581 AccountType|583 ClOrdLinkID|636 WorkingIndicator|660 AcctIDSource|789 NextExpectedMsgSeqNum
790 OrdStatusReqID|851 LastLiquidityInd|925 NewPassword|1128 ApplVerID|1137 DefaultApplVerID|1138 DisplayQty
1400 EncryptedPasswordMethod|1402 EncryptedPassword|1409 SessionStatus
"""

TAG_NAMES: Final[dict[str, str]] = {
    part.split(" ")[0]: part.split(" ")[1] for line in _NAMES.split("\n") for part in line.split("|") if part
}

MSG_TYPE_NAMES: Final[dict[str, str]] = {
    "0": "Heartbeat",
    "1": "TestRequest",
    "2": "ResendRequest",
    "3": "Reject",
    "4": "SequenceReset",
    "5": "Logout",
    "8": "ExecutionReport",
    "9": "OrderCancelReject",
    "A": "Logon",
    "D": "NewOrderSingle",
    "F": "OrderCancelRequest",
    "G": "OrderCancelReplaceRequest",
    "H": "OrderStatusRequest",
    "Q": "DontKnowTrade",
    "j": "BusinessMessageReject",
}
