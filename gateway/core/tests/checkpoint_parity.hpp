// Holds recovery from a checkpoint against recovery from the whole journal, wherever the checkpoint stands.
#pragma once

#include <algorithm>
#include <cstdio>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "check.hpp"
#include "engine/engine.hpp"
#include "journal/checkpoint_file.hpp"
#include "journal/reader.hpp"

namespace gw::test {

class KeptImage : public ImageSink {
  public:
    std::string bytes;
    void write(const void* from, std::size_t size) override {
        bytes.append(static_cast<const char*>(from), size);
    }
};

// The last lsn of every batch: where a checkpoint may stand.
inline std::vector<std::uint64_t> batch_ends(journal::Reader& reader) {
    std::vector<std::uint64_t> ends;
    journal::Cursor cursor = reader.cursor(reader.oldest_lsn());
    journal::Record record;
    while (cursor.next(record))
        if (record.ends_batch()) ends.push_back(record.lsn);
    return ends;
}

struct Followed {
    std::unique_ptr<engine::Engine> engine;
    journal::CheckpointMark last;
    std::uint64_t records = 0;
    std::string problem;
};

inline Followed follow(journal::Reader& reader, const order::LedgerSizes& sizes, std::uint64_t last) {
    Followed made;
    made.engine = std::make_unique<engine::Engine>(sizes);
    made.problem = made.engine->follow(reader, journal::Visibility::committed, last, made.last, made.records);
    return made;
}

inline std::string image_of(engine::Engine& engine) {
    KeptImage image;
    engine.write_image(image);
    return image.bytes;
}

// Whether two images hold the same: every field of every record, and every text. (Between fields there may be
// anything.)
inline bool is_same_image(const std::string& a, const std::string& b) {
    ImageSections left, right;
    if (!left.parse(std::as_bytes(std::span(a))).empty() || !right.parse(std::as_bytes(std::span(b))).empty())
        return false;
    if (left.all().size() != right.all().size()) return false;
    for (const ImageSections::Section& section : left.all()) {
        const ImageSections::Section* other = right.find(section.name);
        if (other == nullptr || other->count != section.count) return false;
        if (other->payload.size() != section.payload.size()) return false;
        if (!section.is_table) {
            if (!std::ranges::equal(section.payload, other->payload)) return false;
            continue;
        }
        for (std::size_t at = 0; at < section.count; ++at)
            for (const ImageField& field : section.fields) {
                if (field.name == "parameters") continue;  // has gaps of its own; the state's hash has it
                const std::size_t from = at * section.item_bytes + field.offset;
                if (std::ranges::equal(section.payload.subspan(from, field.size),
                                       other->payload.subspan(from, field.size)))
                    continue;
                check_equal(__FILE__, __LINE__, "field", std::string(section.name) + " " + std::to_string(at),
                            std::string(field.name));
                return false;
            }
    }
    return true;
}

// A checkpoint at each `step`-th batch's end and at the last, one at a time: what is recovered from it and
// the records after it is what the whole journal gives, in hash and in every field of the image. No
// checkpoint may be there before, and none is left. Returns how many were made.
inline std::size_t check_checkpoints(const std::string& directory, const order::LedgerSizes& sizes,
                                     std::size_t step) {
    journal::OpenedReader opened = journal::Reader::open(directory);
    REQUIRE(opened.reader != nullptr);
    journal::Reader& reader = *opened.reader;
    const std::vector<std::uint64_t> ends = batch_ends(reader);
    if (ends.empty()) return 0;
    const Followed whole = follow(reader, sizes, ends.back());
    CHECK_EQ(whole.problem, std::string());
    CHECK_EQ(whole.engine->checkpoint_lsn(), 0U);
    const std::string expected = image_of(*whole.engine);
    std::size_t made = 0;
    for (std::size_t at = 0; at < ends.size(); at += at + step < ends.size() ? step : 1) {
        const Followed part = follow(reader, sizes, ends[at]);
        journal::CheckpointWriter writer(directory, journal::system_files());
        part.engine->write_image(writer);
        const journal::Error error = writer.finish(part.last);
        CHECK(!error);
        const Followed both = follow(reader, sizes, ends.back());
        CHECK_EQ(both.problem, std::string());
        for (const std::string& note : both.engine->recovery_notes()) CHECK_EQ(note, std::string());
        CHECK_EQ(both.engine->checkpoint_lsn(), ends[at]);
        CHECK_EQ(both.records, ends.back() - ends[at]);
        CHECK_EQ(both.engine->state_hash(), whole.engine->state_hash());
        CHECK(is_same_image(image_of(*both.engine), expected));
        // Up to exactly there: the checkpoint is all of it.
        const Followed none = follow(reader, sizes, ends[at]);
        CHECK_EQ(none.problem, std::string());
        CHECK_EQ(none.records, 0U);
        CHECK_EQ(none.last.lsn, ends[at]);
        CHECK_EQ(none.engine->state_hash(), part.engine->state_hash());
        (void)std::remove((directory + "/" + journal::checkpoint_name(ends[at])).c_str());
        ++made;
    }
    return made;
}

}  // namespace gw::test
