// A session under a script that is read from the input: connections, time, anything from the other side, and
// whatever its owner may ask of it. Whatever comes, what it sends is well-formed and numbered without gap,
// its sequence numbers go back only where it says so, and what it keeps stays within its limits.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "engine/dictionary_validator.hpp"
#include "fuzz/holds.hpp"
#include "tests/dictionaries.hpp"
#include "tests/session_fixture.hpp"

namespace {

using namespace gw::session;
using gw::fuzz::holds;
using gw::test::Driver;

// The script: a byte at a time, zeros once it is at its end.
class Script {
  public:
    explicit Script(std::string_view text) : rest_(text) {}
    [[nodiscard]] bool ended() const { return rest_.empty(); }
    unsigned byte() {
        if (rest_.empty()) return 0;
        const auto first = static_cast<unsigned char>(rest_[0]);
        rest_.remove_prefix(1);
        return first;
    }
    std::string text(std::size_t size_max) {
        const std::size_t wanted = byte() % (size_max + 1);
        const std::size_t size = std::min(wanted, rest_.size());
        std::string taken(rest_.substr(0, size));
        rest_.remove_prefix(size);
        return taken;
    }

  private:
    std::string_view rest_;
};

const gw::engine::DictionaryValidator& validator(const std::string& name) {
    static std::map<std::string, gw::engine::DictionaryValidator> made;
    const auto found = made.find(name);
    if (found != made.end()) return found->second;
    std::string error;
    auto dictionary = gw::fix::Dictionary::load(gw::test::dictionary_blob(name), error);
    holds(dictionary.has_value(), error.c_str());
    return made.try_emplace(name, std::move(*dictionary), std::nullopt, gw::fix::ValidationOptions{})
        .first->second;
}

Config config_of(unsigned choice, unsigned more) {
    static constexpr const char* versions[] = {"FIX.4.0", "FIX.4.2", "FIX.4.4", "FIXT.1.1"};
    Config config =
        gw::test::config_of((choice & 1) != 0 ? Role::initiator : Role::acceptor, versions[choice / 2 % 4]);
    config.next_expected_msg_seq_num = (choice & 8) != 0;
    config.last_msg_seq_num_processed = (choice & 16) != 0;
    config.resend_chunk = (choice & 32) != 0 ? 3 : 0;
    config.check_sending_time = (choice & 64) != 0;
    config.reset.on_logon = (more & 1) != 0;
    config.reset.on_logout = (more & 2) != 0;
    config.reset.on_disconnect = (more & 4) != 0;
    config.reset.on_error = (more & 8) != 0;
    config.reset.accept_from_peer = (more & 16) == 0;
    config.kept_messages_max = 8;
    config.kept_bytes_max = 2'048;
    config.replay_messages_per_step = 4;
    return config;
}

class Play {
  public:
    Play(Config config, Ports ports) : driver_(std::move(config), ports) {}

    void step(Script& script) {
        const State before = driver_.state();
        driver_.notices.clear();
        switch (script.byte() % 10) {
            case 0:
                if (driver_.state().link == Link::disconnected) driver_.connect();
                break;
            case 1:
                if (driver_.state().link != Link::disconnected) driver_.disconnect();
                driver_.forget_input();
                break;
            case 2:
                driver_.now_ns += script.byte() * gw::test::second;
                driver_.tick();
                break;
            case 3:
                driver_.receive(script.text(200));
                break;
            case 4:
            case 5:
                receive_numbered(script);
                break;
            case 6:
                log_on();
                break;
            case 7:
                (void)driver_.send("D", {{11, "id"}, {58, script.text(40)}});
                break;
            case 8:
                if (driver_.state().link == Link::active || driver_.state().link == Link::logout_sent) {
                    driver_.session.decide_logout("bye", driver_.now_ns, driver_.step);
                    driver_.commit();
                }
                break;
            default:
                ask(script);
                break;
        }
        check(before);
        if (driver_.hung_up && driver_.state().link != Link::disconnected) driver_.disconnect();
    }

  private:
    // A message with the number that is due, or one near it, and anything else from the script.
    void receive_numbered(Script& script) {
        const auto off = static_cast<std::int64_t>(script.byte() % 7) - 2;
        const auto seq = static_cast<std::int64_t>(driver_.state().next_in) + (off > 2 ? 0 : off);
        std::string type = script.text(2);
        if (type.find('<') != std::string::npos) type = "D";
        const Config& config = driver_.session.config();
        std::string body = script.text(250);
        for (char& c : body)
            if (c == '|' || c == '<') c = '\x01';  // a `<` would begin a time of the fixture's
        driver_.in("35=" + type + "|34=" + std::to_string(seq) + "|49=" + config.target_comp_id +
                   "|52=<TIME>|56=" + config.sender_comp_id + "|" + body +
                   (body.empty() || body.ends_with('\x01') ? "" : "|"));
    }
    void log_on() {
        const Config& config = driver_.session.config();
        if (driver_.state().link == Link::disconnected) driver_.connect();
        driver_.in("35=A|34=" + std::to_string(driver_.state().next_in) + "|49=" + config.target_comp_id +
                   "|52=<TIME>|56=" + config.sender_comp_id + "|98=0|108=30|" +
                   (config.begin_string == "FIXT.1.1" ? "1137=9|" : ""));
    }
    void ask(Script& script) {
        switch (script.byte() % 3) {
            case 0:
                driver_.session.decide_reset(driver_.now_ns, driver_.step);
                break;
            case 1:
                driver_.session.decide_set_sequences(1 + script.byte(), std::nullopt, driver_.now_ns,
                                                     driver_.step);
                break;
            default:
                driver_.session.decide_set_sequences(std::nullopt, 1 + script.byte(), driver_.now_ns,
                                                     driver_.step);
                break;
        }
        driver_.commit();
    }
    void check(const State& before) {
        holds(gw::test::failures() == 0, "the driver's own checks");
        for (const std::string& bytes : driver_.sent) {
            gw::fix::MessageBuffer<> message;
            holds(gw::fix::frame(bytes).length == bytes.size() &&
                      message.parse(bytes) == gw::fix::ParseError::none,
                  "what is sent is one whole message");
            holds(message.has(34) && message.has(49) && message.has(52) && message.has(56),
                  "what is sent has its header");
        }
        driver_.sent.clear();
        driver_.delivered.clear();
        driver_.delivered_seqs.clear();
        const State& after = driver_.state();
        holds(after.next_in >= before.next_in || driver_.noticed(NoticeKind::sequence_reset_in),
              "next_in goes back only with a notice");
        holds(after.next_out >= before.next_out || driver_.noticed(NoticeKind::sequence_reset_out),
              "next_out goes back only with a notice");
        holds(after.next_in > 0 && after.next_out > 0, "sequence numbers begin at 1");
        holds(driver_.session.kept_count() <= driver_.session.config().kept_messages_max,
              "no more is kept than allowed");
        holds(!driver_.noticed(NoticeKind::overflow), "a step has room for what one input leads to");
    }

    Driver driver_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    Script script({reinterpret_cast<const char*>(bytes), size});
    const unsigned choice = script.byte();
    const unsigned more = script.byte();
    Ports ports;
    Config config = config_of(choice, more);
    if ((choice & 128) != 0)
        ports.validator = &validator(config.begin_string == "FIX.4.2" ? "FIX42" : "FIX44");
    Play play(std::move(config), ports);
    for (int steps = 0; !script.ended() && steps < 200; ++steps) play.step(script);
    return 0;
}
