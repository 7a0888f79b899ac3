#pragma once
// The settings that a plugin sees: sdk/include/ombud/config.h serves this document by path.

#include <boost/json/value.hpp>

#include "config/site.hpp"

namespace ombud::config {

/// The document for one module. Holds the module's secrets in plain: for that plugin alone, never to be printed.
///
/// @return  options/NAME: text, path (absolute), choice, secret: string; integer: in its unit; duration: s; size:
/// bytes;
///            time: s since midnight; boolean. Options without value and default are absent.
///          site/{id, name, timezone}
///          site/cameras/N/{id, attachment, device, name, area, resolution?, purpose?, legal_basis?, retention_s?,
///            retention_justification?, retention_justified_until_utc_ns?, tracks/N/{kind, purpose, legal_basis,
///            assessment?, until_utc_ns?, hours/N/{days/N: 1 Monday to 7 Sunday, from_s, to_s}}}
///          site/records/N/{kind, retention_s, note?}
///          site/locks/N/{attachment, recording, reason?, case?, owner?, review_utc_ns?}
///          A ? marks what is absent when undocumented. Every …until… and review is the first instant at which it no
///          longer holds. to_s <= from_s: ends on the next day.
/// Thread   any
[[nodiscard]] boost::json::value module_document(const Site& site, const ModuleSettings& module);

/// The document for one connector: as module_document(), and attachment/id.
[[nodiscard]] boost::json::value connector_document(const Site& site, const Attachment& attachment);

} // namespace ombud::config
