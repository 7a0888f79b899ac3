#include "policy.hpp"

#include <algorithm>
#include <utility>

namespace ombud::export_watchdog {

namespace {

constexpr int64_t day_ns = int64_t{86'400} * 1'000'000'000;

struct Objection {
    std::string rule, text;
};

Answer allow(std::string rule, std::string reason) { return {Answer::Kind::allow, std::move(rule), std::move(reason)}; }
Answer defer(std::string rule, std::string reason) { return {Answer::Kind::defer, std::move(rule), std::move(reason)}; }

Answer deny(const std::vector<Objection>& objections) {
    Answer answer{Answer::Kind::deny, objections.front().rule, objections.front().text};
    for (size_t index = 1; index < objections.size(); ++index)
        answer.reason += "; also " + objections[index].rule + ": " + objections[index].text;
    return answer;
}

void check_user(const Release& release, const Accounts& listed, const char* option, std::vector<Objection>& objections) {
    if (!release.user)
        objections.push_back({"EXP-1", "it cannot be known who exports; log in with an account of your own"});
    else if (!listed.contains(*release.user))
        objections.push_back({"EXP-1", std::string("whoever asks is not among those who may export; ask one of them, or have the account added to "
                                                   "the option '") + option + "' of export_watchdog"});
}

void check_masks(const Release& release, std::vector<Objection>& objections) {
    const std::string masks = release.masks.value_or("");
    if (masks == "missing")
        objections.push_back({"EXP-7", "a camera of it has masks that are required, and they are not applied; have them applied, or export "
                                       "another camera"});
    else if (masks != "none" && masks != "applied" && masks != "lifted")
        objections.push_back({"EXP-7", "it is not known whether its cameras require masks; name the site's cameras it is of"});
}

void check_recipient(const Release& release, std::vector<Objection>& objections) {
    const std::string& who = release.recipient_class;
    if (who == "third-country") {
        if (release.legal_ground.empty())
            objections.push_back({"EXP-10", "the recipient is outside of the EU and no legal ground is documented; document it with the recipient or the export"});
    } else if (who == "data-subject") {
        if (!release.pixelated || release.masks == "lifted")
            objections.push_back({"EXP-13", "a copy for the person who is to be seen must show nobody else; have all that moves but that person pixelated"});
    } else if (who != "same-institution" && who != "other-institution" && who != "eu") {
        objections.push_back({"EXP-10", "the recipient's class is not told; name a recipient of the site"});
    }
}

bool is_listed_place(const Release& release) {
    return !release.destination.empty() && (release.destination_kind == "folder" || release.destination_kind == "share");
}

void check_destination(const Release& release, std::vector<Objection>& objections) {
    if (is_listed_place(release))
        return;
    const std::string what = release.destination_kind == "removable" ? "the destination is removable" : "the destination is none of the site's";
    if (release.medium.empty())
        objections.push_back({"EXP-4", what + " and no medium is named; register it first: ombud medium add"});
    else if (!release.medium_usable)
        objections.push_back({"EXP-4", what + " and medium " + release.medium + " is not in the media register, or is destroyed or back already; see ombud medium list"});
}

void check_destroy_by(const Release& release, const Settings& settings, int64_t utc_ns, std::vector<Objection>& objections) {
    if (!release.destroy_by_utc_ns)
        objections.push_back({"EXP-11", "no day is set by which the copy must be destroyed or returned; set one"});
    else if (*release.destroy_by_utc_ns <= utc_ns)
        objections.push_back({"EXP-11", "the day by which the copy must be destroyed is past; set a later one"});
    else if (*release.destroy_by_utc_ns - utc_ns > settings.destroy_by_max_ns)
        objections.push_back({"EXP-11", "the copy would be kept longer than the " + std::to_string(settings.destroy_by_max_ns / day_ns) +
                                            " days that 'destroy-by-max' allows; set an earlier day"});
}

Answer judge_web(const Release& release, const Settings& settings) {
    std::vector<Objection> objections;
    check_user(release, settings.exporters, "exporters", objections);
    if (release.masks == "missing")
        check_masks(release, objections);
    if (!release.sealed && !settings.web_exports_by_two)
        objections.push_back({"EXP-2", "an export on the video system's pages leaves unsealed; use the desk, which seals it: ombud export submit"});
    if (!objections.empty())
        return deny(objections);
    if (release.approved)
        return allow("EXP-8", "approved by a second person");
    if (!release.sealed)
        return defer("EXP-2", "it would leave unsealed, which a second person has to approve: ombud approve");
    if (release.masks == "lifted")
        return defer("EXP-7", "its masks are lifted, which a second person has to approve: ombud approve");
    if (settings.second_person == SecondPerson::always)
        return defer("EXP-8", "every export here needs a second person: ombud approve");
    return allow("EXP-1", "a listed account exports, sealed");
}

Answer judge_desk(const Release& release, const Settings& settings, int64_t utc_ns) {
    std::vector<Objection> objections;
    check_user(release, settings.desk_exporters, "desk-exporters", objections);
    if (!release.sealed && holds_plain(release.formats))
        objections.push_back({"EXP-2", "it would leave unsealed, to be opened by anybody; name a recipient with a certificate or passphrase"});
    if (release.reason.empty())
        objections.push_back({"EXP-6", "no reason is given; say why the recordings are handed over"});
    check_destination(release, objections);
    check_masks(release, objections);
    if (release.masks == "lifted" && (!release.user || !settings.mask_lifters.contains(*release.user)))
        objections.push_back({"EXP-7", "whoever asks is not among those who may have required masks left out; ask one of them, or have the account "
                                       "added to the option 'mask-lifters' of export_watchdog"});
    check_recipient(release, objections);
    check_destroy_by(release, settings, utc_ns, objections);
    if (!objections.empty())
        return deny(objections);
    if (release.recipient_class == "data-subject" && !release.reviewed)
        return defer("EXP-13", "nobody has looked through the pixelated copy yet, which somebody else than whoever asks has to: ombud export sheets");
    if (release.approved)
        return allow("EXP-8", "approved by a second person");
    if (release.masks == "lifted")
        return defer("EXP-7", "its masks are lifted, which a second person has to approve: ombud approve");
    if (settings.second_person == SecondPerson::always)
        return defer("EXP-8", "every export here needs a second person: ombud approve");
    if (settings.second_person == SecondPerson::unlisted && !is_listed_place(release))
        return defer("EXP-8", "its destination is removable or none of the site's, which a second person has to approve: ombud approve");
    if (settings.second_person == SecondPerson::unlisted && release.recipient_class == "third-country")
        return defer("EXP-8", "its recipient is outside of the EU, which a second person has to approve: ombud approve");
    return allow("EXP-1", "a listed account exports to a place of the site, under its conditions");
}

} // namespace

bool holds_plain(const std::vector<std::string>& formats) {
    return formats.empty() || std::any_of(formats.begin(), formats.end(), [](const std::string& one) { return one != "encrypted"; });
}

Answer judge_release(const Release& release, const Settings& settings, int64_t utc_ns) {
    if (release.via == "web")
        return judge_web(release, settings);
    if (release.via == "desk")
        return judge_desk(release, settings, utc_ns);
    return deny({{"EXP-1", "it is not told which way it leaves (via is neither desk nor web)"}});
}

Answer judge_access(std::string_view act, const std::optional<std::string>& user, const Settings& settings) {
    if (act == "login")
        return allow("ACC-4", "a login shows nothing yet");
    if (!user)
        return deny({{"ACC-1", "nobody is logged in, or it cannot be known who; log in with an account of your own"}});
    for (const std::string_view harmless : {"view", "replay", "image", "read"})
        if (act == harmless)
            return allow("ACC-4", "looking on the video system's pages");
    const struct {
        std::string_view act;
        const Accounts& listed;
        const char *option, *rule, *what;
    } rights[] = {
        {"download", settings.exporters, "exporters", "EXP-1", "download recordings"},
        {"archive", settings.archivers, "archivers", "ACC-1", "set or lift evidence locks"},
        {"delete", settings.deleters, "deleters", "ACC-1", "delete recordings"},
        {"change", settings.administrators, "administrators", "ACC-1", "change settings"},
    };
    for (const auto& right : rights) {
        if (act != right.act)
            continue;
        if (right.listed.contains(*user))
            return allow(right.rule, std::string("listed in '") + right.option + "'");
        return deny({{right.rule, std::string("this account may not ") + right.what + " here; ask somebody who may, or have it added to the option '" +
                                      right.option + "' of export_watchdog"}});
    }
    return deny({{"ACC-1", "it is not known what this request does, so it is refused; if it is needed, report its address"}});
}

SeenMeaning judge_seen(const SeenExport& seen, const Settings& settings) {
    SeenMeaning meaning;
    const std::string at = seen.attachment + "/" + seen.export_id;
    const std::string left = "unsealed/" + at, abandoned = "abandoned/" + at;
    if (seen.state == "gone") {
        meaning.cleared = {left, abandoned}; // that somebody exported who may not stays true
        return meaning;
    }
    if (seen.state == "abandoned") {
        meaning.findings.push_back({Finding::Severity::violation, abandoned, "EXP-11", seen.attachment,
                                    "export " + seen.export_id + " outlived its purpose inside the video system; remove it there (in enforce it is removed)"});
        meaning.remove = true;
    }
    if (seen.state == "made" || seen.state == "fetched") {
        const std::string did = seen.state == "made" ? "made" : "fetched";
        if (!seen.user)
            meaning.findings.push_back({Finding::Severity::warning, "who/" + did + "/" + at, "EXP-1", seen.attachment,
                                        "export " + seen.export_id + " was " + did + " inside the video system, and it cannot be known by whom; "
                                        "export at Ombud's desk, or put the web gate before its pages"});
        else if (!settings.exporters.contains(*seen.user))
            meaning.findings.push_back({Finding::Severity::violation, "who/" + did + "/" + at, "EXP-1", seen.attachment,
                                        "export " + seen.export_id + " was " + did + " by an account that is not among those who may export; take the right "
                                        "away in the video system, or add the account to 'exporters'", *seen.user});
    }
    if (!seen.sealed && holds_plain(seen.formats) && !seen.export_id.empty())
        meaning.findings.push_back({Finding::Severity::violation, left, "EXP-2", seen.attachment,
                                    "export " + seen.export_id + " lies unsealed inside the video system, where it can be fetched as it is; export at Ombud's "
                                    "desk, which seals, and remove this one"});
    return meaning;
}

} // namespace ombud::export_watchdog
