// The one symbol the host looks for.
#include "connector.hpp"

#include <ombud/plugin.hpp>

OMBUD_PLUGIN(ombud::zoneminder::Connector, "connect_zoneminder", "0.1.0")
