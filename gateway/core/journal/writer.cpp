// The hot path: from begin() to commit(). A record's checksum is taken when the next one starts or the batch
// ends, because only then is it known whether it is the batch's last.
#include <algorithm>
#include <cassert>
#include <cstring>

#include "base/crash_point.hpp"
#include "journal/journal.hpp"
#include "journal/segment_chain.hpp"

namespace gw::journal {

void Journal::begin(std::int64_t now_ns) {
    assert(!in_batch_ && "begin() inside a batch: commit() or abandon() the last one first");
    if (in_batch_) drop_batch();
    in_batch_ = true;
    batch_error_ = closed_.load(std::memory_order_relaxed) ? ErrorCode::not_open : ErrorCode::none;
    batch_time_ns_ = now_ns;
}

std::uint64_t Journal::append(const RecordFields& fields, std::string_view payload) {
    const std::span<char> room = reserve(fields, payload.size());
    if (room.data() == nullptr) return 0;
    if (!payload.empty()) std::memcpy(room.data(), payload.data(), payload.size());
    return finish(payload.size());
}

std::span<char> Journal::reserve(const RecordFields& fields, std::size_t bytes_max) {
    if (!in_batch_) return {};
    assert(reserved_ == 0 && "reserve() before the last reservation was finished");
    // A record that recovery would not accept must never be committed.
    if (reserved_ != 0 || !is_kind(static_cast<std::uint16_t>(fields.kind)))
        batch_error_ = ErrorCode::bad_record;
    if (batch_error_ != ErrorCode::none || !make_room(bytes_max)) return {};
    complete_record(0);
    if (next_lsn_ != batch_first_lsn_) pass(CrashPoint::half_written);
    RecordHeader& header = *reinterpret_cast<RecordHeader*>(segment_->base() + offset_);
    header.lsn = next_lsn_;
    header.time_ns = batch_time_ns_;
    header.seq = fields.seq;
    header.client = fields.client;
    header.session = fields.session;
    header.kind = static_cast<std::uint16_t>(fields.kind);
    header.flags = static_cast<std::uint16_t>(fields.flags & ~kEndOfBatch);
    header.batch_index = static_cast<std::uint32_t>(next_lsn_ - batch_first_lsn_);
    reserved_ = offset_;
    reserved_bytes_ = bytes_max;
    return {reinterpret_cast<char*>(segment_->base() + offset_ + sizeof(RecordHeader)), bytes_max};
}

std::uint64_t Journal::finish(std::size_t bytes, std::size_t bytes_written) {
    if (reserved_ == 0) return 0;
    assert(bytes <= reserved_bytes_ && "finish() with more than was reserved");
    if (bytes > reserved_bytes_) batch_error_ = ErrorCode::bad_record;
    if (batch_error_ != ErrorCode::none) return 0;
    reinterpret_cast<RecordHeader*>(segment_->base() + reserved_)->length = static_cast<std::uint32_t>(bytes);
    std::byte* payload = segment_->base() + reserved_ + sizeof(RecordHeader);
    const std::size_t padded = record_size(bytes) - sizeof(RecordHeader);
    const std::size_t dirty = std::max(padded, std::min(bytes_written, reserved_bytes_));
    std::memset(payload + bytes, 0, dirty - bytes);
    last_record_ = reserved_;
    offset_ = reserved_ + record_size(bytes);
    reserved_ = 0;
    return next_lsn_++;
}

CommitResult Journal::commit() {
    if (!in_batch_) return {.error = ErrorCode::not_open};
    assert(reserved_ == 0 && "commit() with an unfinished reservation");
    ErrorCode error = batch_error_;
    if (error == ErrorCode::none && last_record_ == 0) error = ErrorCode::batch_empty;
    if (error == ErrorCode::none && reserved_ != 0) error = ErrorCode::bad_record;
    if (error != ErrorCode::none) {
        drop_batch();
        return {.error = error};
    }
    complete_record(kEndOfBatch);
    index_batch(offset_);
    const CommitResult result{
        .error = ErrorCode::none, .first_lsn = batch_first_lsn_, .last_lsn = next_lsn_ - 1};
    store_mark(segment_->header().commit.mark,
               {.records = next_lsn_ - segment_->first_lsn(), .end = offset_});
    batch_start_ = offset_;
    batch_first_lsn_ = next_lsn_;
    in_batch_ = false;
    committed_lsn_.store(result.last_lsn, std::memory_order_seq_cst);
    pass(CrashPoint::written);
    waiters_.wake(Visibility::committed);
    // Housekeeping is late or has found no space. A reserve of half a segment is not waited for until it is
    // gone.
    if (!spare_ready_.load(std::memory_order_acquire) && !space_refused_.load(std::memory_order_relaxed) &&
        offset_ > segment_->bytes() / 2) {
        const std::unique_lock lock(spare_mutex_, std::try_to_lock);
        if (lock.owns_lock()) (void)prepare_spare();
    }
    return result;
}

void Journal::abandon() {
    if (in_batch_) drop_batch();
}

bool Journal::make_room(std::size_t bytes) {
    if (bytes > batch_bytes_max_ || offset_ - batch_start_ + record_size(bytes) > batch_bytes_max_) {
        batch_error_ = ErrorCode::batch_too_large;
        return false;
    }
    return offset_ + record_size(bytes) <= segment_->bytes() || enter_spare();
}

void Journal::complete_record(std::uint16_t more_flags) {
    if (last_record_ == 0) return;
    std::byte* record = segment_->base() + last_record_;
    RecordHeader& header = *reinterpret_cast<RecordHeader*>(record);
    header.flags = static_cast<std::uint16_t>(header.flags | more_flags);
    header.crc = record_crc(record, record_size(header.length));
    last_record_ = 0;
}

void Journal::index_batch(std::uint64_t end) {
    for (std::uint64_t at = batch_start_; at < end; at += record_size(segment_->record_at(at).length)) {
        const RecordHeader& header = segment_->record_at(at);
        segment_->note_record(header.lsn - segment_->first_lsn(), at);
        outbound_.note(header, at);
    }
}

void Journal::drop_batch() {
    const std::uint64_t end = reserved_ != 0 ? reserved_ + record_size(reserved_bytes_) : offset_;
    std::memset(segment_->base() + batch_start_, 0, end - batch_start_);
    offset_ = batch_start_;
    next_lsn_ = batch_first_lsn_;
    last_record_ = 0;
    reserved_ = 0;
    in_batch_ = false;
}

// The batch that does not fit any more moves to the next segment as a whole.
bool Journal::enter_spare() {
    const std::lock_guard lock(spare_mutex_);
    if (Error error = prepare_spare()) {
        batch_error_ = error.code;
        return false;
    }
    spare_->start(batch_first_lsn_, batch_first_lsn_ - 1, boot_id_, options_.durability);
    const std::string path = chain_->directory() + "/" + segment_name(batch_first_lsn_);
    // A file system that has become read-only renames nothing, and what is mapped can be written to all the
    // same: cancels pass, and the name follows (prepare_spare()). New orders do not.
    if (const int result = files_.rename(spare_->path(), path); result != 0) {
        unnamed_.store(batch_first_lsn_, std::memory_order_release);
        refuse(space_refused_, space_refusal_,
               {ErrorCode::io, failed("cannot rename the prepared segment to", path, result) +
                                   "; make the file system writable"});
    }
    spare_->set_path(path);
    spare_ready_.store(false, std::memory_order_release);
    Segment* old = segment_;
    segment_ = spare_.get();
    chain_->append(std::move(spare_));
    std::atomic_ref(old->header().commit.next_first_lsn).store(batch_first_lsn_, std::memory_order_release);

    const std::uint64_t bytes = offset_ - batch_start_;
    std::memcpy(segment_->base() + kHeaderBytes, old->base() + batch_start_, bytes);
    std::memset(old->base() + batch_start_, 0, bytes);
    if (last_record_ != 0) last_record_ = last_record_ - batch_start_ + kHeaderBytes;
    batch_start_ = kHeaderBytes;
    offset_ = kHeaderBytes + bytes;
    return true;
}

}  // namespace gw::journal
