#include "journal/journal.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <bit>
#include <filesystem>

#include "base/crash_point.hpp"
#include "journal/directory.hpp"
#include "journal/examine.hpp"
#include "journal/file_ops.hpp"
#include "journal/recovery.hpp"
#include "journal/segment_chain.hpp"

namespace gw::journal {
namespace {

constexpr std::size_t kPageBytes = 4096;
constexpr std::size_t kTouchAheadBytes = std::size_t{1} << 20;

Error check_options(const Options& options) {
    if (options.segment_bytes < kSegmentBytesMin || options.segment_bytes > kSegmentBytesMax ||
        options.segment_bytes % kPageBytes != 0)
        return {ErrorCode::bad_options, "segment_bytes is " + std::to_string(options.segment_bytes) +
                                            ", expected a multiple of 4096 from " +
                                            std::to_string(kSegmentBytesMin) + " to " +
                                            std::to_string(kSegmentBytesMax)};
    if (!std::has_single_bit(options.outbound_entries) || options.outbound_entries > kOutboundEntriesMax)
        return {ErrorCode::bad_options, "outbound_entries is " + std::to_string(options.outbound_entries) +
                                            ", expected a power of two up to " +
                                            std::to_string(kOutboundEntriesMax)};
    return {};
}

}  // namespace

Journal::Journal(const Options& options, FileOps& files, const BootId& boot_id)
    : options_(options),
      files_(files),
      boot_id_(boot_id),
      batch_bytes_max_(std::min(kBatchBytesMax, (options.segment_bytes - kHeaderBytes) / 2)),
      outbound_(options.outbound_entries) {}

OpenedJournal Journal::open(const std::string& directory, const Options& options) {
    OpenedJournal opened;
    if (opened.error = check_options(options); opened.error) return opened;
    std::error_code failure;
    std::filesystem::create_directories(directory, failure);
    if (failure) {
        opened.error = {ErrorCode::io, failed("cannot create", directory, failure.value())};
        return opened;
    }
    FileOps& files = options.files != nullptr ? *options.files : system_files();
    std::unique_ptr<Journal> journal(
        new Journal(options, files, options.boot_id.value_or(current_boot_id())));
    if (opened.error = journal->lock_.take(directory); opened.error) return opened;

    Recovered recovered = recover(directory, options, files, journal->outbound_);
    opened.recovery = std::move(recovered.report);
    if (opened.error = std::move(recovered.error); opened.error) return opened;
    journal->take_up(std::move(recovered.chain), recovered.last_lsn);
    if (journal->segment_ == nullptr)
        if (opened.error = journal->create_first_segment(); opened.error) return opened;
    if (options.durability == Durability::disk) {
        // Written anew, not only synced: pages that an earlier sync failed to write may pass as clean.
        for (Segment* segment : journal->chain_->pin_all()) {
            const Mark mark = segment->committed();
            if (segment->durable() != mark) segment->touch_ahead(0, mark.end);
            SegmentChain::unpin(*segment);
        }
        if (SyncResult synced = journal->sync(); synced.error) {
            opened.error = std::move(synced.error);
            return opened;
        }
    }
    (void)journal->maintain();  // a full disk is told by accepts_new_orders()
    opened.journal = std::move(journal);
    return opened;
}

OpenedReader Journal::open_reader(const std::string& directory) {
    return Reader::open(directory);
}

Error Journal::create_first_segment() {
    const std::lock_guard lock(spare_mutex_);
    if (Error error = prepare_spare()) return error;
    spare_->start(1, 0, boot_id_, options_.durability);
    const std::string& directory = chain_->directory();
    const std::string path = directory + "/" + segment_name(1);
    int result = files_.sync_range(spare_->base(), kPageBytes);
    if (result == 0) result = files_.rename(spare_->path(), path);
    if (result == 0) result = files_.sync_directory(directory);
    if (result != 0) return {ErrorCode::io, failed("cannot create", path, result)};
    spare_->set_path(path);
    spare_ready_.store(false, std::memory_order_release);
    segment_ = spare_.get();
    chain_->append(std::move(spare_));
    batch_start_ = offset_ = kHeaderBytes;
    return write_oldest(directory, 1, files_);
}

void Journal::take_up(std::unique_ptr<SegmentChain> chain, std::uint64_t last_lsn) {
    chain_ = std::move(chain);
    segment_ = chain_->newest_unlocked();
    if (segment_ == nullptr) return;
    // An empty segment has to take any batch, even one that was made when segments were smaller: a second one
    // cannot have the same first lsn.
    if (segment_->committed().records == 0)
        batch_bytes_max_ = std::min(batch_bytes_max_, (segment_->bytes() - kHeaderBytes) / 2);
    batch_start_ = offset_ = segment_->committed().end;
    next_lsn_ = batch_first_lsn_ = last_lsn + 1;
    committed_lsn_.store(last_lsn, std::memory_order_release);
    std::uint64_t durable = chain_->oldest_lsn() - 1;
    for (Segment* segment : chain_->pin_all()) {
        const Mark mark = segment->durable();
        if (durable + 1 >= segment->first_lsn()) durable = segment->first_lsn() + mark.records - 1;
        SegmentChain::unpin(*segment);
    }
    durable_lsn_.store(durable, std::memory_order_release);
    write_writer_line(segment_->header(), boot_id_, options_.durability);
}

Journal::~Journal() {
    if (chain_ == nullptr || segment_ == nullptr) return;
    close();
}

void Journal::close() {
    if (closed_.load(std::memory_order_acquire)) return;
    abandon();
    (void)sync();
    closed_.store(true, std::memory_order_release);
    lock_.give_up();
}

std::uint64_t Journal::next_lsn() const {
    return next_lsn_;
}
std::uint64_t Journal::oldest_lsn() const {
    return chain_->oldest_lsn();
}
const std::string& Journal::directory() const {
    return chain_->directory();
}
std::size_t Journal::batch_bytes_max() const {
    return batch_bytes_max_;
}

Cursor Journal::cursor(std::uint64_t from_lsn, Visibility visibility) {
    return chain_->cursor(from_lsn, visibility);
}
std::vector<SegmentInfo> Journal::segments() const {
    return chain_->list();
}

Error Journal::refusal() const {
    const std::lock_guard lock(refusal_mutex_);
    return sync_refusal_ ? sync_refusal_ : space_refusal_;
}

void Journal::refuse(std::atomic<bool>& flag, Error& reason, Error error) {
    const std::lock_guard lock(refusal_mutex_);
    const bool refused = static_cast<bool>(error);
    reason = std::move(error);
    flag.store(refused, std::memory_order_release);
}

std::string Journal::spare_path() const {
    return chain_->directory() + "/" + kSpareName;
}

int Journal::name_entered() {
    const std::uint64_t first_lsn = unnamed_.load(std::memory_order_acquire);
    if (first_lsn == 0) return 0;
    const int result = name_segment(chain_->directory(), first_lsn, files_);
    if (result == 0) unnamed_.store(0, std::memory_order_release);
    return result;
}

Error Journal::prepare_spare() {
    if (spare_) return {};
    Error error;
    if (const int result = name_entered(); result != 0) {
        error = {ErrorCode::io, failed("cannot rename the newest segment from", spare_path(), result) +
                                    "; make the file system writable"};
        refuse(space_refused_, space_refusal_, error);
        return error;
    }
    spare_ = Segment::prepare(spare_path(), options_.segment_bytes, files_,
                              options_.durability == Durability::disk, error);
    spare_ready_.store(spare_ != nullptr, std::memory_order_release);
    refuse(space_refused_, space_refusal_, error);
    return error;
}

Error Journal::maintain() {
    Error error;
    {
        const std::lock_guard lock(spare_mutex_);
        error = prepare_spare();
    }
    // The kernel write-protects pages when it writes them back; touching them here spares the writer the
    // fault.
    const std::uint64_t next = committed_lsn() + 1;
    Segment* segment = chain_->pin(next);
    segment->touch_ahead(segment->committed().end, kTouchAheadBytes);
    SegmentChain::unpin(*segment);
    return error;
}

SyncResult Journal::sync() {
    const std::lock_guard lock(sync_mutex_);
    if (sync_refused_.load(std::memory_order_acquire)) {
        const std::lock_guard text_lock(refusal_mutex_);
        return {sync_refusal_, durable_lsn()};
    }
    const auto give_up = [&](const std::string& what, const std::string& path, int error_number) {
        Error error{ErrorCode::sync_failed,
                    failed(what, path, error_number) + "; nothing after lsn " +
                        std::to_string(durable_lsn()) +
                        " is known to be on the disk: mend the disk and restart the gateway"};
        refuse(sync_refused_, sync_refusal_, error);
        return SyncResult{error, durable_lsn()};
    };
    Segment* segment = chain_->pin(durable_lsn() + 1);
    for (;;) {
        Segment* next =
            segment->next.load(std::memory_order_acquire);  // before the mark: then the mark is final
        const Mark mark = segment->committed();
        const std::uint64_t first_lsn = segment->first_lsn();
        int result = 0;
        // A power cut would leave a file that nothing points to.
        if (unnamed_.load(std::memory_order_acquire) == first_lsn) {
            const std::lock_guard spare_lock(spare_mutex_);
            result = name_entered();
        }
        if (result == 0 && mark != segment->durable()) {
            result =
                files_.sync_range(segment->base(), (mark.end + kPageBytes - 1) / kPageBytes * kPageBytes);
            if (result == 0 && first_lsn > named_through_lsn_) {
                result = files_.sync_directory(chain_->directory());
                if (result == 0) named_through_lsn_ = first_lsn;
            }
            if (result == 0) store_mark(segment->header().durable.mark, mark);
        }
        const std::string path = result == 0 ? std::string() : segment->path();
        if (next != nullptr) next->pins.fetch_add(1, std::memory_order_acq_rel);
        SegmentChain::unpin(*segment);
        if (result != 0) {
            if (next != nullptr) SegmentChain::unpin(*next);
            return give_up("cannot sync", path, result);
        }
        const std::uint64_t last = first_lsn + mark.records - 1;
        if (last > durable_lsn()) durable_lsn_.store(last, std::memory_order_seq_cst);
        if (next == nullptr) break;
        segment = next;
    }
    pass(CrashPoint::synced);
    waiters_.wake(Visibility::durable);
    return {{}, durable_lsn()};
}

}  // namespace gw::journal
