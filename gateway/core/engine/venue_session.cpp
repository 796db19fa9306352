#include "engine/venue_session.hpp"

namespace gw::engine {

std::optional<session::StoredMessage> JournalStore::outbound(std::uint64_t seq) const {
    const auto record = journal_.outbound(session_, seq);
    if (!record) return std::nullopt;
    return session::StoredMessage{record->payload, record->time_ns, (record->flags & journal::kAdmin) != 0};
}

bool OrderResendPolicy::may_resend(const fix::Message& message, std::int64_t sent_at_ns,
                                   std::int64_t now_ns) const {
    constexpr std::uint32_t cl_ord_id_tag = 11;
    const std::string_view type = message.msg_type();
    // Later it would cancel, or ask about, orders that it was not meant for.
    if (type == "q" || type == "AF") return false;
    const bool makes_exposure = type == "D" || type == "G";
    if (!makes_exposure && type != "F") return true;
    const auto id = ids_.number(message.get(cl_ord_id_tag).value_or(std::string_view{}));
    if (!id || !ledger_.has_request(*id)) return false;
    if (ledger_.request(*id).state != order::RequestState::pending) return false;
    return !makes_exposure || now_ns - sent_at_ns <= max_age_ns_;
}

std::unique_ptr<DictionaryValidator> make_validator(const SessionSettings& settings, std::string& error) {
    if (settings.session_dictionary.empty()) return nullptr;
    const auto load = [&error](const std::string& blob) {
        return fix::Dictionary::load(std::as_bytes(std::span(blob)), error);
    };
    std::optional<fix::Dictionary> transport = load(settings.session_dictionary);
    std::optional<fix::Dictionary> application;
    if (transport && !settings.application_dictionary.empty()) {
        application = load(settings.application_dictionary);
        if (!application) transport.reset();
    }
    if (!transport) {
        error = "session " + settings.name + ": the dictionary cannot be read: " + error;
        return nullptr;
    }
    return std::make_unique<DictionaryValidator>(std::move(*transport), std::move(application),
                                                 settings.validation);
}

std::unique_ptr<logon::Credentials> make_credentials(const SessionSettings& settings, std::string& error) {
    auto made = logon::Credentials::make(settings.credentials, settings.config, error);
    if (!made) error = "session " + settings.name + ": Logons cannot be signed: " + error;
    return made;
}

VenueSession::VenueSession(const SessionSettings& settings, std::uint32_t session_number,
                           journal::Journal& journal, const order::Ledger& ledger, const ClOrdIds& ids,
                           std::unique_ptr<DictionaryValidator> checks)
    : name(settings.name),
      number(session_number),
      drop_copy(settings.drop_copy),
      dialect(dialect_of(settings.config.begin_string, settings.config.default_appl_ver_id)),
      store(journal, session_number),
      resend_policy(ledger, ids, settings.resend_orders_max_age_ms),
      validator(std::move(checks)),
      credentials([&settings] {
          std::string checked_before;  // whoever makes the session has reported what is not usable
          return make_credentials(settings, checked_before);
      }()),
      frame_limits{settings.message_size_max},
      fields_max(settings.fields_max),
      secret_tags(settings.secret_tags),
      throttle(settings.throttle),
      waiting(settings.throttle),
      protocol(settings.config, {&store, &resend_policy, validator.get(), credentials.get()}),
      schedule(settings.schedule),
      order_status_requests(settings.order_status_requests),
      reconcile_timeout_ms(settings.reconcile_timeout_ms) {
    // Times of orders are written as the session writes its own, where the version has more than seconds.
    if (dialect.time_precision != fix::TimePrecision::seconds)
        dialect.time_precision = protocol.config().time_precision;
}

// What was sent just before a restart counts for the throttle: its window does not begin anew.
void VenueSession::recover_throttle(std::uint64_t next_out) {
    const std::uint64_t kept = throttle.settings().messages;
    std::vector<std::int64_t> sent_at_ns;
    for (std::uint64_t seq = next_out - 1; seq > 0 && sent_at_ns.size() < kept; --seq) {
        const auto message = store.outbound(seq);
        if (!message) break;
        if (!message->admin) sent_at_ns.push_back(message->sent_at_ns);
    }
    for (auto at = sent_at_ns.rbegin(); at != sent_at_ns.rend(); ++at) throttle.sent(*at);
}

}  // namespace gw::engine
