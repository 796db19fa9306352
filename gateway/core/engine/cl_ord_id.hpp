// ClOrdID(11): the journal's prefix and the request's number in base 36. The number leads straight back to
// the request, and the prefix, made when the journal was, keeps ids apart across journals.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "order/order.hpp"

namespace gw::engine {

inline constexpr std::size_t cl_ord_id_prefix_size_max = 8;
// Ours are shorter; an order that was not made here has another's.
inline constexpr std::size_t cl_ord_id_size_max = order::client_request_id_size_max;

class ClOrdId {
  public:
    [[nodiscard]] std::string_view view() const { return {text_.data(), size_}; }

    // Precondition: text.size() <= cl_ord_id_size_max.
    [[nodiscard]] static ClOrdId of(std::string_view text) {
        ClOrdId id;
        id.size_ = text.copy(id.text_.data(), id.text_.size());
        return id;
    }

  private:
    friend class ClOrdIds;
    std::array<char, cl_ord_id_size_max> text_;
    std::size_t size_ = 0;
};

class ClOrdIds {
  public:
    void set_prefix(std::string_view prefix) { prefix_ = prefix; }
    [[nodiscard]] const std::string& prefix() const { return prefix_; }
    [[nodiscard]] ClOrdId text(order::RequestId request) const;
    // nullopt where the id was not made from this journal.
    [[nodiscard]] std::optional<order::RequestId> number(std::string_view cl_ord_id) const;

    // The prefix of a journal made at `now_ns`, of cl_ord_id_prefix_size_max characters: another one for each
    // nanosecond of 47 minutes. (By the second, two gateways that were set up by one script had the same.)
    [[nodiscard]] static std::string make_prefix(std::int64_t now_ns);

  private:
    std::string prefix_;
};

}  // namespace gw::engine
