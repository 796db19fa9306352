// Logons that are signed outside: the connection stands, and waits for the signature. The program runs on a
// thread of its own, so nobody else waits; it is asked for each Logon anew, once the connection is there, so
// that the time that it signs is fresh.

#include <utility>

#include "net/runtime.hpp"
#include "net/time.hpp"

namespace gw::net {

void Runtime::sign_logon(std::size_t session, std::int64_t now) {
    const Link& link = links_[session];
    SignerPrograms::Job job{link.channel, engine_->venue_session(session).name, link.settings.signer,
                            engine_->logon_payload(session, now).value_or(""), now};
    if (!signers_.begin(std::move(job)))
        refuse_signature(session, "too many signers run at once; its Logon is tried again");
}

void Runtime::refuse_signature(std::size_t session, const std::string& error) {
    notices_.add(now_ns(), engine_->venue_session(session).name, error);
    transport_.close(links_[session].channel, error);
}

void Runtime::take_signatures() {
    for (SignerPrograms::Result& result : signers_.take()) {
        const std::int64_t now = now_ns();
        const auto session = session_of(result.job.channel);
        if (!session || links_[*session].open) continue;  // the connection is gone, or another's
        Link& link = links_[*session];
        if (!engine_->wants(*session)) {
            transport_.close(link.channel, "the session is not to be up now");
            continue;
        }
        std::string error = result.error;
        engine::Engine::SignedLogon logon{std::move(result.job.payload), result.job.at_ns,
                                          std::move(result.output)};
        link.open = true;  // before: what it decides may hang up
        if (error.empty() && engine_->connected(*session, logon, now, error)) continue;
        link.open = false;
        if (error.empty())
            sign_logon(*session, now);  // its numbers were set, or its password changed, in the meantime
        else
            refuse_signature(*session, error);
    }
}

}  // namespace gw::net
