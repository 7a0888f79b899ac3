#pragma once
// The table of ombud.state/1. Internal to this folder.

#include <ombud/state.h>

namespace ombud {

/// For instances whose context has a StateReader.
const ombud_state* state_table();

} // namespace ombud
