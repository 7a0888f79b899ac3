#include "config/mask_reader.hpp"

#include <algorithm>
#include <set>

namespace ombud::config {
namespace {

constexpr std::int32_t whole = 1'000'000;
constexpr std::size_t digits_max = 6;

/// Millionths of `0`, `0.25` or `1.0`: at most six digits behind the point, 0 to 1. Errors: nullopt.
std::optional<std::int32_t> parse_fraction(std::string_view text) {
    if (text.empty() || (text[0] != '0' && text[0] != '1'))
        return std::nullopt;
    std::int32_t value = text[0] == '1' ? whole : 0;
    if (text.size() > 1 && (text[1] != '.' || text.size() == 2 || text.size() > 2 + digits_max))
        return std::nullopt;
    std::int32_t unit = whole;
    for (const char digit : text.substr(std::min<std::size_t>(text.size(), 2))) {
        if (digit < '0' || digit > '9')
            return std::nullopt;
        unit /= 10;
        value += (digit - '0') * unit;
    }
    return value <= whole ? std::optional(value) : std::nullopt;
}

std::string fraction_text(std::int32_t value) {
    if (value == whole)
        return "1";
    std::string digits = std::to_string(value);
    digits.insert(0, digits_max - std::min(digits.size(), digits_max), '0');
    digits.erase(digits.find_last_not_of('0') + 1);
    return digits.empty() ? "0" : "0." + digits;
}

/// Above 0: c lies on one side of the line from a to b, below: on the other. Exact: products stay below 2^42.
std::int64_t side(MaskPoint a, MaskPoint b, MaskPoint c) {
    return std::int64_t{b.x - a.x} * (c.y - a.y) - std::int64_t{b.y - a.y} * (c.x - a.x);
}

bool is_within_box(MaskPoint a, MaskPoint b, MaskPoint c) {
    return std::min(a.x, b.x) <= c.x && c.x <= std::max(a.x, b.x) && std::min(a.y, b.y) <= c.y && c.y <= std::max(a.y, b.y);
}

int sign(std::int64_t value) {
    return (value > 0) - (value < 0);
}

/// Whether two closed segments have a point in common.
bool meet(MaskPoint a, MaskPoint b, MaskPoint c, MaskPoint d) {
    const int of_c = sign(side(a, b, c));
    const int of_d = sign(side(a, b, d));
    const int of_a = sign(side(c, d, a));
    const int of_b = sign(side(c, d, b));
    if (of_c != of_d && of_a != of_b)
        return true;
    return (of_c == 0 && is_within_box(a, b, c)) || (of_d == 0 && is_within_box(a, b, d)) ||
           (of_a == 0 && is_within_box(c, d, a)) || (of_b == 0 && is_within_box(c, d, b));
}

std::string edge_text(std::size_t from, std::size_t count) {
    return std::to_string(from + 1) + " to " + std::to_string((from + 1) % count + 1);
}

/// Why these points are no polygon; empty when they are one.
std::string mistake_in(const std::vector<MaskPoint>& points) {
    const std::size_t count = points.size();
    const auto at = [&](std::size_t i) { return points[i % count]; };
    for (std::size_t i = 0; i < count; ++i) {
        if (at(i) == at(i + 1))
            return "points " + std::to_string(i + 1) + " and " + std::to_string((i + 1) % count + 1) + " are the same";
        const std::int64_t along = std::int64_t{at(i + 1).x - at(i).x} * (at(i + 2).x - at(i + 1).x) +
                                   std::int64_t{at(i + 1).y - at(i).y} * (at(i + 2).y - at(i + 1).y);
        if (side(at(i), at(i + 1), at(i + 2)) == 0 && along < 0)
            return "the edge from point " + edge_text((i + 1) % count, count) + " goes back along the one before";
    }
    for (std::size_t i = 0; i < count; ++i)
        for (std::size_t j = i + 2; j < count; ++j)
            if ((j + 1) % count != i && meet(at(i), at(i + 1), at(j), at(j + 1)))
                return "the edges from point " + edge_text(i, count) + " and from point " + edge_text(j, count) +
                       " meet; give the points in order around the area";
    return {};
}

Mask read_mask(XmlReader& xml, pugi::xml_node node) {
    constexpr auto allowed = "a part of the picture's width or height, 0 to 1, with at most six digits behind the point";
    Mask mask{XmlReader::text(node, "id"), XmlReader::text(node, "reason"),
              XmlReader::text(node, "required-for-export") != "false", {}};
    bool is_complete = true;
    for (const auto& point : node.children("point")) {
        const auto x = xml.value(point, "x", parse_fraction, allowed);
        const auto y = xml.value(point, "y", parse_fraction, allowed);
        is_complete = is_complete && x && y;
        mask.points.push_back({x.value_or(0), y.value_or(0)});
    }
    constexpr std::size_t points_min = 3;
    if (!is_complete || mask.points.size() < points_min)
        return mask; // the grammar has told
    if (const std::string mistake = mistake_in(mask.points); !mistake.empty())
        xml.add(node, in_quotes(mask.id) + ": " + mistake);
    return mask;
}

} // namespace

std::string points_text(const std::vector<MaskPoint>& points) {
    std::string text;
    for (const MaskPoint& point : points)
        text += (text.empty() ? "" : " ") + fraction_text(point.x) + "," + fraction_text(point.y);
    return text;
}

std::vector<Mask> read_masks(XmlReader& xml, pugi::xml_node camera) {
    std::vector<Mask> masks;
    std::set<std::string> seen;
    for (const auto& node : camera.children("mask")) {
        masks.push_back(read_mask(xml, node));
        if (!seen.insert(masks.back().id).second)
            xml.add(node, "id " + in_quotes(masks.back().id) + " is given twice");
    }
    return masks;
}

} // namespace ombud::config
