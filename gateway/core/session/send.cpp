// Outbound messages: the header is the session's, ascending by tag behind MsgType.
#include <algorithm>
#include <array>
#include <cassert>
#include <charconv>
#include <cstring>

#include "fix/tags.hpp"
#include "session/session.hpp"

namespace gw::session {
namespace {

namespace tag = fix::tag;

struct Mirror {
    std::uint32_t from;
    std::uint32_t to;
};

// A reject goes back the way that the message came; ascending by what is written.
constexpr std::array<Mirror, 6> reverse_route = {{
    {tag::deliver_to_comp_id, tag::on_behalf_of_comp_id},
    {tag::deliver_to_sub_id, tag::on_behalf_of_sub_id},
    {tag::on_behalf_of_comp_id, tag::deliver_to_comp_id},
    {tag::on_behalf_of_sub_id, tag::deliver_to_sub_id},
    {tag::deliver_to_location_id, tag::on_behalf_of_location_id},
    {tag::on_behalf_of_location_id, tag::deliver_to_location_id},
}};

struct ReversedRoute {
    std::array<HeaderField, reverse_route.size()> fields;
    std::size_t count = 0;

    ReversedRoute(const fix::Message& message, bool with_locations) {
        for (const Mirror& mirror : reverse_route) {
            if (!with_locations && mirror.to >= tag::on_behalf_of_location_id) continue;
            const auto value = message.get(mirror.from);
            if (value && !value->empty()) fields[count++] = {mirror.to, *value};
        }
    }
    [[nodiscard]] std::span<const HeaderField> span() const { return std::span(fields).first(count); }
};

std::string_view describe(BusinessRejectReason reason) {
    switch (reason) {
        case BusinessRejectReason::other:
            return "Other";
        case BusinessRejectReason::unknown_id:
            return "Unknown ID";
        case BusinessRejectReason::unknown_security:
            return "Unknown Security";
        case BusinessRejectReason::unsupported_message_type:
            return "Unsupported Message Type";
        case BusinessRejectReason::application_not_available:
            return "Application not available";
        case BusinessRejectReason::conditionally_required_field_missing:
            return "Conditionally Required Field Missing";
        case BusinessRejectReason::not_authorized:
            return "Not authorized";
        case BusinessRejectReason::deliver_to_firm_not_available:
            return "DeliverTo firm not available at this time";
    }
    return "Other";
}

}  // namespace

std::string_view Session::describe(RejectReason reason) {
    switch (reason) {
        case RejectReason::invalid_tag_number:
            return "Invalid tag number";
        case RejectReason::required_tag_missing:
            return "Required tag missing";
        case RejectReason::tag_not_defined_for_message:
            return "Tag not defined for this message type";
        case RejectReason::undefined_tag:
            return "Undefined Tag";
        case RejectReason::tag_without_value:
            return "Tag specified without a value";
        case RejectReason::value_incorrect:
            return "Value is incorrect (out of range) for this tag";
        case RejectReason::incorrect_data_format:
            return "Incorrect data format for value";
        case RejectReason::decryption_problem:
            return "Decryption problem";
        case RejectReason::signature_problem:
            return "Signature problem";
        case RejectReason::comp_id_problem:
            return "CompID problem";
        case RejectReason::sending_time_accuracy:
            return "SendingTime accuracy problem";
        case RejectReason::invalid_msg_type:
            return "Invalid MsgType";
        case RejectReason::xml_validation_error:
            return "XML validation error";
        case RejectReason::tag_appears_more_than_once:
            return "Tag appears more than once";
        case RejectReason::tag_out_of_order:
            return "Tag specified out of required order";
        case RejectReason::group_fields_out_of_order:
            return "Repeating group fields out of order";
        case RejectReason::incorrect_group_count:
            return "Incorrect NumInGroup count for repeating group";
        case RejectReason::non_data_value_includes_delimiter:
            return "Non-data value includes field delimiter";
        case RejectReason::other:
            return "Other";
    }
    return "Other";
}

bool Session::is_header_tag(std::uint32_t number) const {
    return std::ranges::find(config_.header_tags, number) != config_.header_tags.end();
}

std::string_view Session::sending_time(Context& c) const {
    return c.step.time.format(c.now_ns, config_.time_precision);
}

// By value, so that the encoder of a message without them can stay in registers.
fix::Encoder Session::with_optional_header(fix::Encoder out, const Routing& routing,
                                           const State& next) const {
    constexpr std::size_t own_max = 4;
    std::array<HeaderField, 2 * header_fields_max + own_max> fields;
    std::size_t count = 0;
    const auto add = [&](std::uint32_t number, std::string_view value) {
        if (value.empty() || count == fields.size()) return;
        std::size_t at = count++;
        for (; at > 0 && fields[at - 1].tag > number; --at) fields[at] = fields[at - 1];
        fields[at] = {number, value};
    };
    std::array<char, 20> processed;
    for (const HeaderField& field : routing.fields) add(field.tag, field.value);
    for (const CustomField& field : config_.header_fields) add(field.tag, field.value);
    add(tag::orig_sending_time, routing.orig_sending_time);
    add(tag::sender_location_id, config_.sender_location_id);
    add(tag::target_location_id, config_.target_location_id);
    if (config_.last_msg_seq_num_processed) {
        const auto end =
            std::to_chars(processed.data(), processed.data() + processed.size(), next.next_in - 1).ptr;
        add(tag::last_msg_seq_num_processed,
            {processed.data(), static_cast<std::size_t>(end - processed.data())});
    }
    for (const HeaderField& field : std::span(fields).first(count)) out.field(field.tag, field.value);
    return out;
}

fix::Encoder Session::open(Context& c, std::string_view msg_type, std::uint64_t seq,
                           const Routing& routing) const {
    if (!c.step.message_room()) return {};
    fix::Encoder out(c.step.room(), config_.begin_string, msg_type, &c.step.time);
    out.field<tag::msg_seq_num>(seq);
    if (routing.poss_dup) out.field<tag::poss_dup_flag>('Y');
    out.raw(sender_part_.text, sender_part_.sum);
    (void)c.step.time.format(c.now_ns, config_.time_precision);  // for TransactTime(60) as well
    out.field<tag::sending_time>(static_cast<const fix::TimestampCache*>(&c.step.time));
    out.raw(target_part_.text, target_part_.sum);
    if (!plain_header_ || routing.poss_dup || !routing.fields.empty()) [[unlikely]]
        out = with_optional_header(out, routing, c.next);
    return fix::Encoder(out);  // a copy: a variable that is returned itself would live in the caller's memory
}

bool Session::send_admin(Context& c, fix::Encoder message, bool logon) const {
    if (!c.step.push(message.finish(), c.next.next_out, MessageKind::admin, logon)) {
        c.step.notice(NoticeKind::overflow);
        return false;
    }
    ++c.next.next_out;
    c.next.last_sent_ns = c.now_ns;
    return true;
}

fix::Encoder Session::begin_message(std::string_view msg_type, std::int64_t now_ns, Step& step,
                                    std::span<const HeaderField> header) const {
    assert(header.size() <= header_fields_max);
    if (!can_send(step.next) || !step.message_room()) return {};
    Context c{step, step.next, now_ns};
    step.open_seq = step.next.next_out;
    step.open_at_ns = now_ns;
    // Only where there are some: the span comes in two words, and copying it as one would wait for them.
    if (header.empty()) [[likely]]
        return open(c, msg_type, step.open_seq);
    return open(c, msg_type, step.open_seq, {.fields = header});
}

// ---- the admin messages

void Session::send_heartbeat(Context& c, std::optional<std::string_view> test_req_id) const {
    fix::Encoder out = open(c, "0", c.next.next_out);
    if (test_req_id) out.field<tag::test_req_id>(*test_req_id);
    (void)send_admin(c, out);
}

void Session::send_test_request(Context& c) const {
    const std::uint64_t seq = c.next.next_out;
    fix::Encoder out = open(c, "1", seq);
    if (config_.test_req_id.empty())
        out.field<tag::test_req_id>(seq);
    else
        out.field<tag::test_req_id>(std::string_view(config_.test_req_id));
    if (!send_admin(c, out)) return;
    c.next.test_request_at_ns = c.now_ns;
    c.next.test_request_seq = seq;
    c.step.notice(NoticeKind::test_request_sent, seq);
}

void Session::send_resend_request(Context& c) const {
    const std::uint64_t first = c.next.next_in;
    std::uint64_t last = 0;
    if (config_.resend_chunk != 0) last = std::min(c.next.gap_end, first + config_.resend_chunk - 1);
    fix::Encoder out = open(c, "2", c.next.next_out);
    out.field<tag::begin_seq_no>(first);
    if (last == 0 && version_ < Version::fix42)
        out.field<tag::end_seq_no>("999999");
    else
        out.field<tag::end_seq_no>(last);
    if (!send_admin(c, out)) return;
    c.next.requested_end = last;
    c.step.notice(NoticeKind::resend_requested, first, last);
}

void Session::send_logout(Context& c, std::string_view text) const {
    fix::Encoder out = open(c, "5", c.next.next_out);
    if (!text.empty()) out.field<tag::text>(text);
    (void)send_admin(c, out);
}

void Session::send_reject(Context& c, const Header& h, RejectReason reason, std::int64_t ref_tag,
                          std::string_view text) const {
    const ReversedRoute route(h.message, version_ > Version::fix40);
    const bool has_ref_tag = ref_tag != 0 || reason == RejectReason::invalid_tag_number;
    if (text.empty()) text = describe(reason);
    fix::Encoder out = open(c, "3", c.next.next_out, {.fields = route.span()});
    if (h.has_seq) out.field<tag::ref_seq_num>(h.seq);
    if (version_ < Version::fix42) {
        // No RefTagID yet: the text names the tag.
        std::array<char, 160> composed;
        std::size_t size = std::min<std::size_t>(text.size(), 128);
        std::memcpy(composed.data(), text.data(), size);
        if (has_ref_tag) {
            composed[size++] = ' ';
            composed[size++] = '(';
            size = static_cast<std::size_t>(
                std::to_chars(&composed[size], composed.data() + composed.size() - 1, ref_tag).ptr -
                composed.data());
            composed[size++] = ')';
        }
        out.field<tag::text>(std::string_view(composed.data(), size));
    } else {
        out.field<tag::text>(text);
        if (has_ref_tag) out.field<tag::ref_tag_id>(ref_tag);
        if (!h.msg_type.empty()) out.field<tag::ref_msg_type>(h.msg_type);
        // FIX 4.2 knows the reasons up to "Invalid MsgType".
        if (version_ > Version::fix42 || reason <= RejectReason::invalid_msg_type)
            out.field<tag::session_reject_reason>(static_cast<int>(reason));
    }
    if (send_admin(c, out))
        c.step.notice(NoticeKind::message_rejected, h.seq, static_cast<std::uint64_t>(reason));
}

void Session::send_business_reject(Context& c, const Header& h, BusinessRejectReason reason,
                                   std::string_view ref_id, std::string_view text) const {
    const ReversedRoute route(h.message, version_ > Version::fix40);
    const bool session_level = version_ < Version::fix42;
    if (text.empty()) {
        text = gw::session::describe(reason);
        if (session_level && reason == BusinessRejectReason::unsupported_message_type)
            text = "Unsupported message type";
    }
    fix::Encoder out = open(c, session_level ? "3" : "j", c.next.next_out, {.fields = route.span()});
    if (h.has_seq) out.field<tag::ref_seq_num>(h.seq);
    out.field<tag::text>(text);
    if (!session_level) {
        out.field<tag::ref_msg_type>(h.msg_type);
        if (!ref_id.empty()) out.field<tag::business_reject_ref_id>(ref_id);
        out.field<tag::business_reject_reason>(static_cast<int>(reason));
        if (config_.appl_ver_id_in_business_reject && version_ == Version::fixt11)
            out.field<tag::default_appl_ver_id>(std::string_view(config_.default_appl_ver_id));
    }
    // BusinessMessageReject is an application message: it is resent when it is asked for.
    const MessageKind kind = session_level ? MessageKind::admin : MessageKind::application;
    if (!c.step.push(out.finish(), c.next.next_out, kind)) {
        c.step.notice(NoticeKind::overflow);
        return;
    }
    ++c.next.next_out;
    c.next.last_sent_ns = c.now_ns;
    c.step.notice(NoticeKind::business_rejected, h.seq, static_cast<std::uint64_t>(reason));
}

void Session::reject_business(const fix::Message& message, BusinessRejectReason reason,
                              std::string_view ref_id, std::string_view text, std::int64_t now_ns,
                              Step& step) const {
    Context c{step, step.next, now_ns};
    if (step.next.link == Link::active) send_business_reject(c, read_header(message), reason, ref_id, text);
}

void Session::reject_message(const fix::Message& message, RejectReason reason, std::int64_t ref_tag,
                             std::string_view text, std::int64_t now_ns, Step& step) const {
    Context c{step, step.next, now_ns};
    if (step.next.link == Link::active) send_reject(c, read_header(message), reason, ref_tag, text);
}

}  // namespace gw::session
