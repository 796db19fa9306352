// The journal: the record of truth, and the queue that everything downstream reads.
//
// A directory of preallocated, memory-mapped segments, each named by its first lsn. One writer appends
// batches of records; any number of cursors, in this and in other processes, read what is committed without
// locks.
//
//   begin -> append... -> commit
//
// A batch is there as a whole after commit() or, after a crash, not at all.
//
// What tells a reader (and recovery) how far to trust a segment is its commit mark, stored with release
// semantics in the segment's header after the batch. It lives in the page cache, so that it survives kill -9:
// recovery drops what lies beyond the mark and refuses to open when anything before it is wrong. sync() makes
// what is committed durable and moves the durable mark; after a power cut that mark takes the commit mark's
// place where Durability::disk was asked.
//
// Space is taken from the disk ahead of time: the next segment is allocated, zeroed and mapped by maintain(),
// so that a full disk is met there and not while an order is written. When it cannot be had,
// accepts_new_orders() turns false while at least half a segment is left for everything else.
//
// Threads: begin/append/reserve/finish/commit/abandon/outbound belong to the writer (one thread at a time,
// under the engine's lock). maintain(), sync() and everything const may be called from other threads at the
// same time.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "journal/cursor.hpp"
#include "journal/directory.hpp"
#include "journal/error.hpp"
#include "journal/options.hpp"
#include "journal/outbound_index.hpp"
#include "journal/reader.hpp"
#include "journal/record.hpp"
#include "journal/waiters.hpp"

namespace gw::journal {

class FileOps;
class Journal;
class Segment;
class SegmentChain;
class Waiter;

struct RecoveryReport {
    std::uint64_t segments = 0;
    std::uint64_t records = 0;
    std::uint64_t torn_tail_bytes = 0;  // dropped: written and never acknowledged
    std::vector<std::string> notes;
};

struct OpenedJournal {
    std::unique_ptr<Journal> journal;  // null when error is set
    RecoveryReport recovery;
    Error error;
};

struct CommitResult {
    ErrorCode error = ErrorCode::none;  // otherwise nothing of the batch is there
    std::uint64_t first_lsn = 0;
    std::uint64_t last_lsn = 0;

    [[nodiscard]] bool ok() const { return error == ErrorCode::none; }
};

enum class Release : std::uint8_t { archive, remove };

struct SyncResult {
    Error error;
    std::uint64_t durable_lsn = 0;
};

class Journal {
  public:
    // Creates the directory and the journal, or recovers it: every record's checksum is verified.
    [[nodiscard]] static OpenedJournal open(const std::string& directory, const Options& options = {});
    [[nodiscard]] static OpenedReader open_reader(const std::string& directory);

    ~Journal();  // drops an uncommitted batch, syncs, gives up the lock; every cursor and waiter must be gone
    Journal(const Journal&) = delete;
    Journal& operator=(const Journal&) = delete;

    // --- the writer
    // ------------------------------------------------------------------------------------------------- No
    // allocation and no system call, except where a batch enters a new segment (one rename; more when
    // maintain() is late) or a waiter has to be woken. Nothing here throws.

    void begin(std::int64_t now_ns);

    // The lsn, or 0 when there is no space or the batch is too large: then commit() says so and publishes
    // nothing.
    std::uint64_t append(const RecordFields& fields, std::string_view payload);

    // Space for a payload of up to `bytes_max` to be encoded in place, ended by finish() with the bytes used,
    // which returns as append() does. Empty when there is no space. Views into this batch's earlier records
    // end here. A generous `bytes_max` costs nothing: `bytes_written` says how far the room was written to
    // when that is further than `bytes`, and that much is cleared. (What were left there would pass for a
    // torn record.)
    [[nodiscard]] std::span<char> reserve(const RecordFields& fields, std::size_t bytes_max);
    std::uint64_t finish(std::size_t bytes, std::size_t bytes_written = 0);

    // Publishes the batch and wakes whoever waits. On an error nothing is published and nothing is left
    // behind.
    CommitResult commit();

    // Drops the batch; its lsn are given to the next one.
    void abandon();

    // The end of writing: syncs, gives up the lock, and refuses what comes after (not_open). Readers read on.
    // Nobody syncs or maintains any more. Again: nothing.
    void close();

    // --- where it stands (any thread)
    // -------------------------------------------------------------------------------

    [[nodiscard]] std::uint64_t next_lsn() const;  // the writer's thread: of the next append
    [[nodiscard]] std::uint64_t committed_lsn() const {
        return committed_lsn_.load(std::memory_order_acquire);
    }
    [[nodiscard]] std::uint64_t durable_lsn() const { return durable_lsn_.load(std::memory_order_acquire); }
    [[nodiscard]] std::uint64_t oldest_lsn() const;
    [[nodiscard]] const std::string& directory() const;
    [[nodiscard]] std::size_t batch_bytes_max() const;  // headers and padding included: see record_size()

    // False from a full disk or a failed sync on. Everything else is still written, as long as the reserve
    // lasts.
    [[nodiscard]] bool accepts_new_orders() const {
        return !closed_.load(std::memory_order_acquire) && !space_refused_.load(std::memory_order_acquire) &&
               !sync_refused_.load(std::memory_order_acquire);
    }
    [[nodiscard]] Error refusal() const;  // why not: no_space or sync_failed, or none
    // Nothing becomes durable any more: whoever waits for durable_lsn() has to stop waiting.
    [[nodiscard]] bool sync_failed() const { return sync_refused_.load(std::memory_order_acquire); }

    // --- housekeeping (any thread but the writer's)
    // -----------------------------------------------------------------

    // Prepares the next segment and touches the pages that are written next. Call it some times a second.
    Error maintain();

    // Makes what is committed durable, whatever the mode. Call it from one syncing thread: commits that
    // arrive while it runs share the next one. The first failure stays until the journal is opened anew.
    SyncResult sync();

    // --- readers
    // ----------------------------------------------------------------------------------------------------

    [[nodiscard]] Cursor cursor(std::uint64_t from_lsn, Visibility visibility = Visibility::committed);

    // The message that was sent as `seq` on `session` since the session's last sequence reset, for a resend:
    // the original, never a resent copy. The writer's thread. The payload is valid until release_before()
    // passes it.
    [[nodiscard]] std::optional<Record> outbound(std::uint32_t session, std::uint64_t seq);

    [[nodiscard]] std::vector<SegmentInfo> segments() const;

    // How many bytes of records there are after an lsn; inside a segment by its mean record.
    [[nodiscard]] std::uint64_t bytes_after(std::uint64_t lsn);
    // The beginning of the newest segment that had begun by then: what is before it is older than that. The
    // oldest lsn where none had.
    [[nodiscard]] std::uint64_t first_lsn_at(std::int64_t time_ns);
    // Moves the segments that end before `lsn` to <directory>/archived/, or removes them, up to the first
    // that a cursor still reads. Returns how many. The caller knows that they are checkpointed and projected.
    // `writer` is the lock under which the writer's thread uses what outbound() gave; it is held for a moment
    // a segment, and for no file.
    std::size_t release_before(std::uint64_t lsn, Error& error, Release how = Release::archive,
                               std::mutex* writer = nullptr);

  private:
    friend class Waiter;
    Journal(const Options& options, FileOps& files, const BootId& boot_id);

    // Opening (journal.cpp).
    [[nodiscard]] Error create_first_segment();
    void take_up(std::unique_ptr<SegmentChain> chain, std::uint64_t last_lsn);

    // The writer (writer.cpp).
    [[nodiscard]] bool make_room(std::size_t bytes);
    void complete_record(std::uint16_t more_flags);
    void drop_batch();
    void index_batch(std::uint64_t end);
    [[nodiscard]] bool enter_spare();

    // Space (journal.cpp). The lock is held.
    [[nodiscard]] Error prepare_spare();
    // Gives the newest segment its name where it has the spare's still. 0 or an errno value.
    [[nodiscard]] int name_entered();
    [[nodiscard]] std::string spare_path() const;
    void refuse(std::atomic<bool>& flag, Error& reason, Error error);
    [[nodiscard]] std::optional<Record> outbound_from_segments(std::uint32_t session, std::uint64_t seq);
    [[nodiscard]] std::optional<Record> read_record(std::uint64_t lsn, std::uint64_t offset);

    Options options_;
    FileOps& files_;
    BootId boot_id_;
    std::size_t batch_bytes_max_;
    DirectoryLock lock_;
    std::unique_ptr<SegmentChain> chain_;
    OutboundIndex outbound_;
    OutboundWindow outbound_window_;
    Waiters waiters_;

    // The writer's. A batch lies from batch_start_ to offset_ in segment_.
    Segment* segment_ = nullptr;
    std::uint64_t offset_ = 0;
    std::uint64_t batch_start_ = 0;
    std::uint64_t batch_first_lsn_ = 1;
    std::uint64_t next_lsn_ = 1;
    std::int64_t batch_time_ns_ = 0;
    std::uint64_t last_record_ = 0;  // finished, without its checksum; 0: none
    std::uint64_t reserved_ = 0;     // not finished; 0: none
    std::size_t reserved_bytes_ = 0;
    ErrorCode batch_error_ = ErrorCode::none;
    bool in_batch_ = false;
    std::atomic<bool> closed_{false};

    // Shared.
    alignas(64) std::atomic<std::uint64_t> committed_lsn_{0};
    std::atomic<bool> space_refused_{false};
    std::atomic<bool> sync_refused_{false};
    std::atomic<bool> spare_ready_{false};
    alignas(64) std::atomic<std::uint64_t> durable_lsn_{0};

    mutable std::mutex refusal_mutex_;
    Error space_refusal_;
    Error sync_refusal_;

    std::mutex
        spare_mutex_;  // held while a spare is made: the writer waits for it only when it has to have one
    std::unique_ptr<Segment> spare_;
    // The newest segment, where the file system refused to rename it when it was entered: it is written to
    // under the spare's name, and no spare can be made until it has its own. 0: none. Changed under the lock.
    std::atomic<std::uint64_t> unnamed_{0};

    std::mutex sync_mutex_;
    std::uint64_t named_through_lsn_ = 0;  // segments up to the one with this first lsn have durable names

    std::mutex release_mutex_;
};

// Waits for records. Owns an event descriptor that a poll loop can watch as well.
class Waiter {
  public:
    explicit Waiter(Journal& journal);
    ~Waiter();
    Waiter(const Waiter&) = delete;
    Waiter& operator=(const Waiter&) = delete;

    [[nodiscard]] int descriptor() const { return descriptor_; }  // -1: kWaitersMax are in use

    // After arm(seen) has returned true, the descriptor turns readable at the first commit (or sync) after
    // lsn `seen`. False: there is something already. One arm, one wake-up.
    [[nodiscard]] bool arm(std::uint64_t seen_lsn, Visibility visibility = Visibility::committed);
    void disarm();

    // True when something after `seen_lsn` is there, false after the timeout.
    [[nodiscard]] bool wait(std::uint64_t seen_lsn, int timeout_ms,
                            Visibility visibility = Visibility::committed);

  private:
    Journal* journal_;
    int slot_ = -1;
    int descriptor_ = -1;
};

}  // namespace gw::journal
