// What can go wrong with a journal, as a value: a stable code for programs and a text for people.
#pragma once

#include <cstdint>
#include <string>

namespace gw::journal {

enum class ErrorCode : std::uint8_t {
    none = 0,
    bad_options,      // a limit is broken; nothing was touched
    io,               // the operating system refused; the text carries its reason
    no_space,         // the disk is full and the reserve is used up
    locked,           // another writer holds the directory; the text names its process
    damaged,          // acknowledged data is missing or wrong; an operator has to decide
    batch_too_large,  // more than Journal::batch_bytes_max()
    batch_empty,      // commit() with nothing appended
    bad_record,       // a kind that does not exist, or reserve() and finish() out of step
    not_open,         // append() outside a batch, or after close()
    sync_failed,      // a sync failed once: what is after durable_lsn() is not trusted until a new open()
};

struct Error {
    ErrorCode code = ErrorCode::none;
    std::string text;  // what, where, what to do next

    [[nodiscard]] explicit operator bool() const { return code != ErrorCode::none; }
};

}  // namespace gw::journal
