// The cases by name; each says above itself which failure it is about.
#pragma once

#include "script.hpp"

namespace gw::simulation {

// cases_outages.cpp
void in_flight_retries_run_out(Script& s);
void outage_during_a_cancel(Script& s);
void restart_replays_fills(Script& s);
void synthetic_ids_differ_at_each_restart(Script& s);
void fill_before_the_order_is_stored(Script& s);
void fills_while_the_session_is_not_ready(Script& s);
void original_after_its_resend(Script& s);
void client_retry_with_a_new_id(Script& s);

// cases_reports.cpp
void replace_half_way_doubles_exposure(Script& s);
void partial_fill_during_a_modify(Script& s);
void inferred_fill_just_before_the_real_one(Script& s);
void partial_then_cancel(Script& s);
void bust_before_its_fill(Script& s);
void accounts_are_kept_apart(Script& s);
void one_fill_lost_on_a_healthy_stream(Script& s);
void replays_after_the_end(Script& s);
void fill_for_an_unknown_id(Script& s);
void not_open_for_cancel(Script& s);
void mismatch_that_is_only_logged(Script& s);
void replay_of_a_fill_fires_a_linked_order(Script& s);
void fill_again_under_another_id(Script& s);

}  // namespace gw::simulation
