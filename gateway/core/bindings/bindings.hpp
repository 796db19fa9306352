// One function a topic, each in its own file; module.cpp calls them all. Bindings convert and nothing else.
#pragma once

#include <pybind11/pybind11.h>

namespace gw::bindings {

void bind_codec(pybind11::module_& module);
void bind_crash_points(pybind11::module_& module);
void bind_dictionary(pybind11::module_& module);
void bind_errors(pybind11::module_& module);
void bind_fix_log(pybind11::module_& module);
void bind_gateway(pybind11::module_& module);
void bind_journal(pybind11::module_& module);
void bind_network(pybind11::module_& module);
void bind_rehearsal(pybind11::module_& module);
void bind_schema(pybind11::module_& module);
void bind_session_core(pybind11::module_& module);
void bind_settings(pybind11::module_& module);
void bind_venue_profile(pybind11::module_& module);

}  // namespace gw::bindings
