#include <catch2/catch.hpp>

#include "metadata/pseudonyms.hpp"

using namespace ombud;
using namespace ombud::metadata;

namespace {

const Pseudonyms names{Pseudonyms::Key{1}};
const std::string head = R"(<?xml version="1.0" encoding="UTF-8"?><tt:MetadataStream xmlns:tt="http://www.onvif.org/ver10/schema" )"
                         R"(xmlns:wsnt="http://docs.oasis-open.org/wsn/b-2" xmlns:fc="http://www.onvif.org/ver20/analytics/humanface">)";
const std::string shown_head = R"(<tt:MetadataStream xmlns:tt="http://www.onvif.org/ver10/schema" xmlns:wsnt="http://docs.oasis-open.org/wsn/b-2" )"
                               R"(xmlns:tns1="http://www.onvif.org/ver10/topics">)";

std::string frame(const std::string& inside) {
    return head + R"(<tt:VideoAnalytics><tt:Frame UtcTime="2026-01-05T12:00:00.5Z" Source="cam">)" + inside + "</tt:Frame></tt:VideoAnalytics></tt:MetadataStream>";
}
std::string shown_frame(const std::string& inside) {
    return shown_head + R"(<tt:VideoAnalytics><tt:Frame UtcTime="2026-01-05T12:00:00.5Z">)" + inside + "</tt:Frame></tt:VideoAnalytics></tt:MetadataStream>";
}
std::string object(const std::string& appearance) {
    return R"(<tt:Object ObjectId="7"><tt:Appearance>)" + appearance + "</tt:Appearance></tt:Object>";
}
std::string shown_object(const std::string& appearance) {
    return "<tt:Object ObjectId=\"" + names.number("7") + "\"><tt:Appearance>" + appearance + "</tt:Appearance></tt:Object>";
}
std::string event(const std::string& section) {
    return head + R"(<tt:Event><wsnt:NotificationMessage><wsnt:Topic Dialect="d">tns1:RuleEngine/LineDetector/Crossed</wsnt:Topic>)"
                  R"(<wsnt:Message><tt:Message UtcTime="2026-01-05T12:00:00Z" PropertyOperation="Changed">)" +
           section + "</tt:Message></wsnt:Message></wsnt:NotificationMessage></tt:Event></tt:MetadataStream>";
}
std::string shown_event(const std::string& section) {
    return shown_head + R"(<tt:Event><wsnt:NotificationMessage><wsnt:Topic>tns1:RuleEngine/LineDetector/Crossed</wsnt:Topic>)"
                        R"(<wsnt:Message><tt:Message UtcTime="2026-01-05T12:00:00Z" PropertyOperation="Changed">)" +
           section + "</tt:Message></wsnt:Message></wsnt:NotificationMessage></tt:Event></tt:MetadataStream>";
}

} // namespace

TEST_CASE("what tells nothing of a person stays, and the rest goes", "[AMG-6]") {
    struct Row {
        const char* behaviour;
        std::string given, leaves;
    };
    const std::string box = R"(<tt:BoundingBox left="-0.1" top="0.2" right="0.3" bottom="1e-3"></tt:BoundingBox>)";
    const Row rows[] = {
        {"a box and its middle stay", frame(object("<tt:Shape>" + box + R"(<tt:CenterOfGravity x="0" y="1"/></tt:Shape>)")),
         shown_frame(shown_object("<tt:Shape>" + box + R"(<tt:CenterOfGravity x="0" y="1"></tt:CenterOfGravity></tt:Shape>)"))},
        {"an outline goes", frame(object(R"(<tt:Shape><tt:Polygon><tt:Point x="0" y="1"/></tt:Polygon></tt:Shape>)")),
         shown_frame(shown_object("<tt:Shape></tt:Shape>"))},
        {"a known class stays", frame(object("<tt:Class><tt:Type Likelihood=\"0.9\"> Human </tt:Type></tt:Class>")),
         shown_frame(shown_object("<tt:Class><tt:Type Likelihood=\"0.9\">Human</tt:Type></tt:Class>"))},
        {"another one is Other", frame(object("<tt:Class><tt:Type>Ada Lovelace</tt:Type></tt:Class>")),
         shown_frame(shown_object("<tt:Class><tt:Type>Other</tt:Type></tt:Class>"))},
        {"a face goes with all below it", frame(object("<tt:HumanFace><fc:Age><tt:Shape>x</tt:Shape></fc:Age></tt:HumanFace>")), shown_frame(shown_object(""))},
        {"a plate, a place on earth and a picture go",
         frame(object("<tt:LicensePlateInfo><tt:PlateNumber>B-AD 1</tt:PlateNumber></tt:LicensePlateInfo><tt:GeoLocation lat=\"1\"/><tt:Image>AAAA</tt:Image>")),
         shown_frame(shown_object(""))},
        {"the same name of another schema goes", frame("<fc:Object ObjectId=\"7\"/>"), shown_frame("")},
        {"text between elements goes", frame("Ada" + object("Ada")), shown_frame(shown_object(""))},
        {"comments and instructions go", frame("<!-- Ada --><?ada lovelace?><![CDATA[Ada]]>"), shown_frame("")},
        {"a number that is none goes", frame(object(R"(<tt:Shape><tt:CenterOfGravity x="Ada" y="1"/></tt:Shape>)")),
         shown_frame(shown_object(R"(<tt:Shape><tt:CenterOfGravity y="1"></tt:CenterOfGravity></tt:Shape>)"))},
        {"renamed objects keep their pseudonyms", frame(R"(<tt:ObjectTree><tt:Rename><tt:from ObjectId="7"/><tt:to ObjectId="8"/></tt:Rename></tt:ObjectTree>)"),
         shown_frame("<tt:ObjectTree><tt:Rename><tt:from ObjectId=\"" + names.number("7") + "\"></tt:from><tt:to ObjectId=\"" + names.number("8") +
                     "\"></tt:to></tt:Rename></tt:ObjectTree>")},
        {"an event's object is the frame's", event(R"(<tt:Key><tt:SimpleItem Name="ObjectId" Value="7"/></tt:Key>)"),
         shown_event("<tt:Key><tt:SimpleItem Name=\"ObjectId\" Value=\"" + names.number("7") + "\"></tt:SimpleItem></tt:Key>")},
        {"an event's state stays", event(R"(<tt:Data><tt:SimpleItem Name="IsInside" Value="true"/></tt:Data>)"),
         shown_event(R"(<tt:Data><tt:SimpleItem Name="IsInside" Value="true"></tt:SimpleItem></tt:Data>)")},
        {"its plates and temperatures get pseudonyms", event(R"(<tt:Data><tt:SimpleItem Name="Temperature" Value="38.2"/></tt:Data>)"),
         shown_event("<tt:Data><tt:SimpleItem Name=\"Temperature\" Value=\"" + names.text("38.2") + "\"></tt:SimpleItem></tt:Data>")},
        {"what names the camera's configuration stays", event(R"(<tt:Source><tt:SimpleItem Name="VideoSource" Value="src-1"/></tt:Source>)"),
         shown_event(R"(<tt:Source><tt:SimpleItem Name="VideoSource" Value="src-1"></tt:SimpleItem></tt:Source>)")},
        {"elements of an event's data go", event("<tt:Data><tt:ElementItem Name=\"x\"><tt:Frame/></tt:ElementItem></tt:Data>"), shown_event("<tt:Data></tt:Data>")},
    };
    for (const Row& row : rows) {
        DYNAMIC_SECTION(row.behaviour) {
            const auto shown = pseudonymise(row.given, names);

            REQUIRE(shown);
            CHECK(*shown == row.leaves);
        }
    }
}

TEST_CASE("what is no such document does not leave at all", "[AMG-6]") {
    std::string deep = head, inside;
    for (int depth = 0; depth < 200; ++depth)
        inside = "<a>" + inside + "</a>";
    struct Row {
        const char* behaviour;
        std::string given, says;
    };
    const Row rows[] = {
        {"nothing", "", "not XML"},
        {"half of one", frame("").substr(0, 300), "not XML"},
        {"two of them", frame("") + frame(""), "not XML"},
        {"another root", "<a/>", "no tt:MetadataStream"},
        {"the root of another schema", R"(<tt:MetadataStream xmlns:tt="http://example.org"/>)", "no tt:MetadataStream"},
        {"a document type", "<!DOCTYPE a [<!ENTITY b \"bb\">]>" + frame("&b;"), "document type"},
        {"a deep one", head + inside + "</tt:MetadataStream>", "deep"},
        {"a long one", std::string(document_bytes_max + 1, ' '), "longer"},
    };
    for (const Row& row : rows) {
        DYNAMIC_SECTION(row.behaviour) {
            const auto shown = pseudonymise(row.given, names);

            REQUIRE_FALSE(shown);
            CHECK_THAT(shown.error().message, Catch::Contains(row.says));
        }
    }
}

TEST_CASE("nothing of a document with a bit changed is read for what it is not", "[AMG-6]") {
    const std::string whole = frame(object("<tt:LicensePlateInfo><tt:PlateNumber>B-AD-1815</tt:PlateNumber></tt:LicensePlateInfo>"));
    for (std::size_t at = 0; at < whole.size() * 8; ++at) {
        std::string changed = whole;
        changed[at / 8] = static_cast<char>(changed[at / 8] ^ (1 << at % 8));
        if (const auto shown = pseudonymise(changed, names))
            CHECK(shown->find("B-AD-1815") == std::string::npos);
    }
}

TEST_CASE("other keys give other pseudonyms, and one key the same", "[AMG-6]") {
    const auto first = Pseudonyms::make(), second = Pseudonyms::make();
    REQUIRE(first);
    REQUIRE(second);
    CHECK(first->text("Ada") == first->text("Ada"));
    CHECK(first->text("Ada") != first->text("ada"));
    CHECK(first->text("Ada") != second->text("Ada"));
    CHECK(first->number("7") != second->number("7"));
}
