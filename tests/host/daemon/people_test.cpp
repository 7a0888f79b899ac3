#include "daemon/people.hpp"

#include <ombud/vocabulary.h>

#include "enforcement/actions.hpp"
#include "scratch_ledger.hpp"
#include "theatre.hpp"

namespace ombud::daemon {
namespace {

using config::Role;

TEST_CASE("the site's people get what their role says, others nothing", "[people]") {
    config::Site site;
    site.people = {{"anna", Role::administrator, ""}, {"bert", Role::approver, ""}, {"carl", Role::reader, ""}};

    CHECK(access_of(site, "anna") == api::Access::write);
    CHECK(access_of(site, "bert") == api::Access::approve);
    CHECK(access_of(site, "carl") == api::Access::read);
    CHECK(access_of(site, "dora") == api::Access::none);
    CHECK(access_of(site, "") == api::Access::none);
}

config::RegisterField field(const std::string& name, config::OptionType type, bool personal = false) {
    config::RegisterField made;
    made.name = name;
    made.type = type;
    made.is_personal = personal;
    return made;
}

config::Manifests manifests() {
    config::Register devices;
    devices.name = "devices";
    devices.title = "Devices";
    devices.key = "device";
    devices.two_persons = true;
    devices.fields = {field("state", config::OptionType::text), field("person", config::OptionType::text, true),
                      field("until", config::OptionType::date), field("vms", config::OptionType::text),
                      field("vms_account", config::OptionType::text, true)};
    config::Manifest manifest;
    manifest.id = "push_consent_guard";
    manifest.registers = {devices};
    return {{manifest.id, manifest}};
}

struct Stage {
    ledger::ScratchLedger ledger;
    Names names;
    std::unique_ptr<approvals::Approvals> approvals;
    std::unique_ptr<Registers> registers;

    Stage() {
        auto asking = approvals::Approvals::open(*ledger, ledger.clock);
        REQUIRE(asking);
        approvals = std::move(*asking);
        auto kept = Registers::open({*ledger, *approvals, names, ledger.clock});
        REQUIRE(kept);
        registers = std::move(*kept);
        config::Site site;
        site.timezone = "Europe/Berlin";
        REQUIRE(registers->declare(declared_registers(manifests(), site)));
    }
};

const approvals::Person anna{1000, 1000, "anna", ""};
const std::string id = "push_consent_guard", name = "devices";

TEST_CASE("a manifest's registers are kept by its rules, dates in the site's zone", "[people]") {
    Stage stage;

    const auto set = stage.registers->change({id, name, "phone1", false, {{"person", "anna"}, {"until", "2026-07-01"}}, "new", false}, approvals::host_person());
    const auto bad = stage.registers->change({id, name, "phone2", false, {{"until", "soon"}}, "new", false}, approvals::host_person());
    const auto blank = stage.registers->change({id, name, " phone2", false, {}, "new", false}, approvals::host_person());
    const auto asked = stage.registers->change({id, name, "phone2", false, {}, "new", false}, anna);

    REQUIRE(set);
    const auto record = (*stage.registers->content(id, name))->find("phone1");
    REQUIRE(record);
    CHECK(record->values.at("person").text == "anna");
    CHECK(record->values.at("until").text == "2026-07-01");
    CHECK(std::get<std::int64_t>(record->values.at("until").typed) == 1'782'856'800'000'000'000); // 22:00 UTC the day before
    REQUIRE_FALSE(bad);
    CHECK(bad.error().code == ErrorCode::invalid_input);
    CHECK_THAT(bad.error().message, Catch::Contains("until") && Catch::Contains("soon"));
    REQUIRE_FALSE(blank);
    REQUIRE(asked);
    CHECK(asked->proposal);
}

TEST_CASE("a lost device is lost at once, and one that is not there is told", "[people]") {
    Stage stage;
    REQUIRE(stage.registers->change({id, name, "phone1", false, {{"state", "active"}}, "new", false}, approvals::host_person()));

    const auto lost = lose_device(*stage.registers, "phone1", "stolen", anna);
    const auto unknown = lose_device(*stage.registers, "phone11", "stolen", anna);

    REQUIRE(lost);
    CHECK_FALSE(lost->proposal);
    CHECK((*stage.registers->content(id, name))->find("phone1")->values.at("state").text == "lost");
    REQUIRE_FALSE(unknown);
    CHECK(unknown.error().code == ErrorCode::not_found);
    CHECK((*stage.registers->content(id, name))->records.size() == 1);
}

TEST_CASE("a lost device asks for its person's account to be disabled, as far as the register and the mode go", "[people]") {
    Stage stage;
    REQUIRE(actions::prepare(*stage.ledger));
    const auto add = [&](const std::string& device, registers::Texts fields) {
        REQUIRE(stage.registers->change({id, name, device, false, std::move(fields), "new", false}, approvals::host_person()));
    };
    add("phone1", {{"person", "guard01"}, {"vms", "zm"}});
    add("phone2", {{"person", "guard02"}, {"vms", "zm"}, {"vms_account", "carla"}});
    add("phone3", {{"person", "guard03"}});
    const auto ask = [&](const std::string& device, Mode mode) {
        return disable_account_of(*stage.registers, *stage.ledger, mode, device, 100);
    };

    CHECK(ask("phone1", Mode::off) == AccountAsked::off);
    CHECK(ask("phone1", Mode::monitor) == AccountAsked::would);
    CHECK(ask("phone1", Mode::enforce) == AccountAsked::asked);
    CHECK(ask("phone1", Mode::enforce) == AccountAsked::asked); // again is fine
    CHECK(ask("phone2", Mode::enforce) == AccountAsked::asked);
    CHECK(ask("phone3", Mode::enforce) == AccountAsked::unnamed);
    CHECK(ask("phone4", Mode::enforce).error().code == ErrorCode::not_found);

    auto db = stage.ledger->open_for_reading();
    REQUIRE(db);
    const auto due = actions::due(*db, 1'000, 10);
    REQUIRE(due);
    REQUIRE(due->size() == 2);
    CHECK(due->at(0).kind == OMBUD_ACTION_DISABLE_ACCOUNT);
    CHECK(due->at(0).attachment == "zm");
    CHECK(due->at(0).user == "guard01");
    CHECK(due->at(0).module == id);
    CHECK(due->at(0).control == "PUSH-5");
    CHECK(due->at(1).user == "carla");
}

} // namespace
} // namespace ombud::daemon
