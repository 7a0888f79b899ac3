// `ombud run`: the daemon itself.
#include "cli/command.hpp"
#include "daemon/daemon.hpp"

namespace ombud::cli {

Command run_command() {
    const auto run = [](Context& context) {
        daemon::Options options;
        options.site = context.text("--site");
        options.state = context.state;
        options.socket = context.socket;
        options.group = context.text("--group");
        options.plugins = context.text("--plugins");
        options.manifests = context.text("--manifests");
        options.trust = {OMBUD_TRUST_FOLDER, context.is_given("--trust") ? std::filesystem::path(context.text("--trust"))
                                                                         : options.site.parent_path() / "trust.d"};
        options.is_dev = context.is_given("--dev");
        options.verbose = context.is_given("--verbose");
        const auto ended = daemon::run_daemon(options);
        if (!ended)
            return context.failed(ended.error());
        return *ended == 0 ? Exit::done : Exit::failed;
    };
    return {
        "run",
        "be the daemon, until SIGTERM or SIGINT",
        "Loads the modules and connectors that the site names, attaches to its video systems, and serves the socket. "
        "Its log is on standard error. The exit code is 3 when it could not start or had to stop, for instance "
        "because nothing could be recorded any more.",
        {},
        {{"--site", "FILE", "the site's configuration", false, false, {}, "/etc/ombud/site.xml", Completes::file},
         {"--plugins", "DIR", "plugins", false, false, {}, OMBUD_PLUGINS_FOLDER, Completes::folder},
         {"--manifests",
          "DIR",
          "manifests of the plugins",
          false,
          false,
          {},
          OMBUD_MANIFESTS_FOLDER,
          Completes::folder},
         {"--trust", "DIR", "keys of those whose plugins may run; trust.d beside the site's file when not given", false, false, {}, "", Completes::folder},
         {"--dev", "", "accept plugins that nobody signed, and developers' keys; never where it counts"},
         {"--group", "NAME", "group whose members may read over the socket"},
         {"--verbose", "", "log what is only of interest when something is wrong"}},
        run};
}

} // namespace ombud::cli
