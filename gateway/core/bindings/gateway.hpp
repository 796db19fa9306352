// The types that the settings and the gateway share.
#pragma once

#include "net/runtime.hpp"
