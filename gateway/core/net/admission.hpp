// Who may wait at the door: connections that have come in and not yet said, by a Logon, whose they are. They
// are bounded in number, in total and for each address, in how fast they come, in bytes and in time.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

namespace gw::net {

struct AdmissionSettings {
    std::size_t waiting_max = 64;
    std::size_t waiting_per_address_max = 8;
    unsigned connects_per_minute_max = 120;  // of one address; as many may come at once
    std::int64_t logon_timeout_ms = 10'000;  // from the connection to its whole Logon, TLS included
    std::size_t first_message_bytes_max = 8 * 1024;
};

enum class Refusal : std::uint8_t {
    none,
    too_many_waiting,
    too_many_of_address,
    too_fast,
    address_not_allowed,
    no_logon_in_time,
    too_many_bytes,
    unknown_identity,
    tls_failed,
    count
};
// For metrics: lower case, words joined by `_`.
[[nodiscard]] std::string_view name_of(Refusal refusal);
// For people.
[[nodiscard]] std::string_view text_of(Refusal refusal);

class Admission {
  public:
    static constexpr std::size_t addresses_max = 4096;  // whose pace is remembered

    explicit Admission(const AdmissionSettings& settings) : settings_(settings) {}

    // A connection from this address (without port). None: it waits, until leave().
    [[nodiscard]] Refusal enter(const std::string& host, std::int64_t now_ns);
    void leave(const std::string& host);
    [[nodiscard]] std::size_t waiting() const { return waiting_; }
    [[nodiscard]] const AdmissionSettings& settings() const { return settings_; }

  private:
    struct Address {
        std::size_t waiting = 0;
        double connects_left = 0;
        std::int64_t seen_at_ns = 0;
    };
    [[nodiscard]] Address* remember(const std::string& network, std::int64_t now_ns);
    [[nodiscard]] double connects_left(const Address& address, std::int64_t now_ns) const;

    AdmissionSettings settings_;
    std::size_t waiting_ = 0;
    std::unordered_map<std::string, Address> addresses_;
};

}  // namespace gw::net
