#include "bindings/bindings.hpp"

PYBIND11_MODULE(_core, module) {
    module.doc() = "The gateway's order path, in C++.";
    module.attr("__version__") = GW_VERSION;
    gw::bindings::bind_errors(module);
    gw::bindings::bind_codec(module);
    gw::bindings::bind_crash_points(module);
    gw::bindings::bind_dictionary(module);
    gw::bindings::bind_fix_log(module);
    gw::bindings::bind_journal(module);
    gw::bindings::bind_schema(module);
    gw::bindings::bind_network(module);
    gw::bindings::bind_session_core(module);
    gw::bindings::bind_venue_profile(module);
    gw::bindings::bind_settings(module);
    gw::bindings::bind_gateway(module);
    gw::bindings::bind_rehearsal(module);
}
