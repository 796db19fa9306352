// What the core throws at Python, and only there: CoreError and its kin.
#pragma once

#include <stdexcept>

namespace gw::bindings {

// Becomes CoreError.
struct CoreFailure : std::runtime_error {
    using std::runtime_error::runtime_error;
};

// Becomes JournalError, which is a CoreError.
struct JournalFailure : CoreFailure {
    using CoreFailure::CoreFailure;
};

// Becomes SessionRefused, which is a CoreError.
struct SessionRefusal : CoreFailure {
    using CoreFailure::CoreFailure;
};

}  // namespace gw::bindings
