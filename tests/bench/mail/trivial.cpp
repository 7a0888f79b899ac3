// mail_bench_trivial ADDRESS: a milter that asks for the stages that the mail gate asks for, and lets everything pass. It is
// what any milter of that kind costs. Ends with its standard input.
#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>

#include <libmilter/mfapi.h>

namespace {

sfsistat negotiate(SMFICTX*, unsigned long actions, unsigned long steps, unsigned long, unsigned long, unsigned long* out_actions,
                   unsigned long* out_steps, unsigned long* out2, unsigned long* out3) {
    *out_actions = actions & (SMFIF_ADDHDRS | SMFIF_CHGHDRS | SMFIF_CHGBODY);
    *out_steps = steps & (SMFIP_NOCONNECT | SMFIP_NOHELO | SMFIP_NOUNKNOWN | SMFIP_NODATA | SMFIP_NOEOH | SMFIP_NR_MAIL | SMFIP_NR_HDR |
                          SMFIP_NR_BODY | SMFIP_HDR_LEADSPC);
    *out2 = *out3 = 0;
    return SMFIS_CONTINUE;
}
sfsistat sender(SMFICTX*, char**) { return SMFIS_NOREPLY; }
sfsistat recipient(SMFICTX*, char**) { return SMFIS_CONTINUE; }
sfsistat header(SMFICTX*, char*, char*) { return SMFIS_NOREPLY; }
sfsistat body(SMFICTX*, unsigned char*, std::size_t) { return SMFIS_NOREPLY; }
sfsistat end(SMFICTX*) { return SMFIS_CONTINUE; }

} // namespace

int main(int count, char** arguments) {
    static char name[] = "trivial";
    smfiDesc filter{};
    filter.xxfi_name = name;
    filter.xxfi_version = SMFI_VERSION;
    filter.xxfi_flags = SMFIF_ADDHDRS | SMFIF_CHGHDRS | SMFIF_CHGBODY;
    filter.xxfi_envfrom = &sender;
    filter.xxfi_envrcpt = &recipient;
    filter.xxfi_header = &header;
    filter.xxfi_body = &body;
    filter.xxfi_eom = &end;
    filter.xxfi_negotiate = &negotiate;
    if (count != 2 || smfi_setconn(arguments[1]) != MI_SUCCESS || smfi_register(filter) != MI_SUCCESS || smfi_opensocket(true) != MI_SUCCESS)
        return std::fputs("usage: mail_bench_trivial inet:PORT@ADDRESS\n", stderr), 2;
    std::thread([] { std::exit(smfi_main()); }).detach();
    std::puts("ready");
    std::fflush(stdout);
    while (std::getchar() != EOF) {
    }
    std::_Exit(0);
}
