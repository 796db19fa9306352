// Bytes that a socket has not taken yet, in their order. Memory comes and goes in blocks, so that nothing is
// moved as the queue grows and what a slow reader has taken is given back: the queue never holds more than
// what waits and one block.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>
#include <deque>
#include <memory>
#include <string_view>

namespace gw::net {

class SendQueue {
  public:
    static constexpr std::size_t block_bytes = 64 * 1024;

    void append(std::string_view bytes) {
        size_ += bytes.size();
        while (!bytes.empty()) {
            if (blocks_.empty() || blocks_.back()->end == block_bytes) add_block();
            Block& block = *blocks_.back();
            const std::size_t count = std::min(bytes.size(), block_bytes - block.end);
            std::memcpy(block.bytes.data() + block.end, bytes.data(), count);
            block.end += count;
            bytes.remove_prefix(count);
        }
    }
    // The oldest bytes; empty only where nothing waits. Lives until the next call.
    [[nodiscard]] std::string_view front() const {
        if (blocks_.empty()) return {};
        const Block& block = *blocks_.front();
        return {block.bytes.data() + block.begin, block.end - block.begin};
    }
    // Precondition: count <= front().size().
    void drop(std::size_t count) {
        if (count == 0) return;
        Block& block = *blocks_.front();
        block.begin += count;
        size_ -= count;
        if (block.begin != block.end) return;
        spare_ = std::move(blocks_.front());
        blocks_.pop_front();
    }
    [[nodiscard]] std::size_t size() const { return size_; }
    [[nodiscard]] bool empty() const { return size_ == 0; }
    // Bytes of memory that are taken, the spare block included.
    [[nodiscard]] std::size_t capacity() const {
        return (blocks_.size() + (spare_ != nullptr ? 1 : 0)) * block_bytes;
    }

  private:
    struct Block {
        std::size_t begin = 0, end = 0;
        std::array<char, block_bytes> bytes;
    };
    void add_block() {
        std::unique_ptr<Block> block = std::move(spare_);
        if (block == nullptr) {
            block = std::make_unique_for_overwrite<Block>();
        }
        block->begin = block->end = 0;
        blocks_.push_back(std::move(block));
    }

    std::deque<std::unique_ptr<Block>> blocks_;
    std::unique_ptr<Block> spare_;
    std::size_t size_ = 0;
};

}  // namespace gw::net
