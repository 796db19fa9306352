// The types that the settings and the gateway share.
#pragma once

#include <pybind11/pybind11.h>

#include <cstdint>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "bindings/errors.hpp"
#include "net/runtime.hpp"

namespace gw::bindings {

// Room for what a query writes: grown until it fits, since a query can be asked again.
template <class Query>
std::string written(Query&& query) {
    std::string buffer(64 * 1024, '\0');
    for (;;) {
        pb::Writer out(buffer);
        query(out);
        if (!out.overflowed()) {
            buffer.resize(out.size());
            return buffer;
        }
        buffer.resize(buffer.size() * 4);
    }
}

// Everything in `work` runs without the GIL, and only the conversion at the end takes it.
template <class Work>
auto released(Work&& work) {
    const pybind11::gil_scoped_release release;
    return work();
}

// Windows as (opens, closes, day), UTC nanoseconds and YYYYMMDD. Throws where they are not in order.
using WindowTuples = std::vector<std::tuple<std::int64_t, std::int64_t, std::uint32_t>>;
std::vector<engine::SessionWindow> windows_of(const WindowTuples& windows);
engine::DayReset day_reset_of(const std::string& name);

// The gateway's methods on sessions (sessions.cpp).
void bind_sessions(pybind11::class_<net::Runtime>& gateway);

// A topic of the gateway's methods in a file of its own.
void bind_order_operations(pybind11::class_<net::Runtime>& gateway);
void bind_limits(pybind11::class_<net::Runtime>& gateway);
void bind_order_control(pybind11::class_<net::Runtime>& gateway);

// The lsn of a change that was journalled; throws where it could not be.
inline std::uint64_t recorded(const engine::ControlResult& result) {
    if (result.lsn == 0)
        throw JournalFailure("the journal cannot be written: nothing was changed; free disk space");
    return result.lsn;
}

// What is read with a client's rights (event_views.cpp).
void bind_event_views(pybind11::module_& module, pybind11::class_<net::Runtime>& gateway);

}  // namespace gw::bindings
