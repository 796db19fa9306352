// Messages that came ahead of a gap, until it is filled.
//
// Why they are kept and not dropped to be resent: the counterparty need not send them again (session test
// case 2b and the acceptance cases send only what is missing), and a ResendRequest for less than everything
// would otherwise never end. The store is bounded in messages and bytes; what finds no room is dropped and
// asked for again, since it then is the next thing missing. Its memory is taken once; the bytes are copied.
//
// The places of admin messages that were acted upon when they came have room of their own. Where they had to
// be asked for again, two sides that both miss something would go on for ever: each ResendRequest is itself
// such a message, and what answers it would leave the next gap.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

namespace gw::session {

class KeptMessages {
  public:
    KeptMessages(std::size_t messages_max, std::size_t bytes_max);

    static constexpr std::size_t placeholders_max = 64;

    struct Entry {
        std::uint64_t seq;
        std::uint32_t offset;
        std::uint32_t size;  // 0: a message that was acted upon when it came and only fills its place
    };

    [[nodiscard]] bool has(std::uint64_t seq) const;
    [[nodiscard]] bool has_room(std::size_t size) const;
    // Precondition: !has(seq) and has_room(bytes.size()).
    void add(std::uint64_t seq, std::string_view bytes);
    // The entry with the lowest sequence number, or null.
    [[nodiscard]] const Entry* first() const { return count_ == 0 ? nullptr : &entries_[0]; }
    [[nodiscard]] std::string_view bytes(const Entry& entry) const {
        return {arena_.get() + entry.offset, entry.size};
    }
    // The bytes of a removed entry stay readable until the next add.
    void remove_first();
    void clear() { count_ = message_count_ = 0; }
    [[nodiscard]] std::size_t count() const { return count_; }

  private:
    std::size_t messages_max_;
    std::size_t bytes_max_;
    std::unique_ptr<Entry[]> entries_;  // ascending by sequence number
    std::unique_ptr<char[]> arena_;
    std::size_t count_ = 0;
    std::size_t message_count_ = 0;  // of them, with bytes
    std::size_t used_ = 0;
};

}  // namespace gw::session
