#include "connector.hpp"

#include <ombud/plugin.hpp>

OMBUD_PLUGIN(ombud::folder::Connector, "connect_folder", "0.1.0")
