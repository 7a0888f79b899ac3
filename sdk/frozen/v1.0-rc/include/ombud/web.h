/* ombud/web.h: what a request to a VMS's pages means. Plugin extension "ombud.web/1", of a connector.
 * The host's web gate asks before a reverse proxy passes a request on; what an address says is the VMS's language, so the
 * connector reads it, and says who asks and whether the VMS's own rights cover it. It decides nothing. */
#ifndef OMBUD_WEB_H
#define OMBUD_WEB_H

#include <ombud/base.h>
#include <ombud/event.h>

#ifdef __cplusplus
extern "C" {
#endif

#define OMBUD_WEB_ID "ombud.web/1"

/* standing. UNSET counts as the connector's fault, and nothing passes a gate that enforces but OPEN and GRANTED. */
#define OMBUD_WEB_UNSET 0u
#define OMBUD_WEB_OPEN 1u      /* nothing of anybody's: style sheets, scripts, the login page. Not asked, not recorded */
#define OMBUD_WEB_GRANTED 2u   /* understood; the account's own rights in the VMS cover it */
#define OMBUD_WEB_LACKING 3u   /* understood; they do not, whatever the VMS itself would do */
#define OMBUD_WEB_NOBODY 4u    /* understood; nobody is logged in, or no longer */
#define OMBUD_WEB_STRANGE 5u   /* not understood, or the VMS could read it in another way than the connector does */

/* flags of an answer */
#define OMBUD_WEB_CHANGES 1u   /* it changes or makes something in the VMS, by whatever method */
#define OMBUD_WEB_BY_COOKIE 2u /* who asks is known by a cookie, which a browser also sends for other sites */

/* flags of a request */
#define OMBUD_WEB_BODY_UNSEEN 1u /* it has a body that the proxy did not hand on */

/* One request as it came; nothing is decoded. Absent fields are empty. */
typedef struct ombud_web_request {
    uint32_t struct_size;
    uint32_t flags;           /* OMBUD_WEB_BODY_UNSEEN */
    ombud_view method;        /* "GET" */
    ombud_view target;        /* path and query of the request line, byte for byte */
    ombud_view cookie;        /* fields of these names */
    ombud_view authorization;
    ombud_view content_type;
    ombud_view body;          /* all of it */
    ombud_view peer;          /* network address, as the proxy tells it */
} ombud_web_request;

/* Zeroed by the host, struct_size set; filled by the plugin. Views and event must stay valid until the host enters the
 * instance again. */
typedef struct ombud_web_answer {
    uint32_t struct_size;
    uint32_t standing; /* OMBUD_WEB_* */
    uint32_t flags;    /* OMBUD_WEB_CHANGES, OMBUD_WEB_BY_COOKIE */
    uint32_t reserved;
    /* OMBUD_EVENT_ACCESS_REQUEST or OMBUD_EVENT_EXPORT_RELEASE with act and what is known of user, recordings, devices,
     * begin_utc_ns, end_utc_ns, export and formats; NULL with OPEN. The host adds attachment, cameras, via and peer. */
    const ombud_event *event;
    ombud_view note;   /* why LACKING, NOBODY or STRANGE: one sentence, no personal values and nothing of the request */
} ombud_web_answer;

typedef struct ombud_web {
    uint32_t struct_size;
    uint32_t reserved;
    /* Describes one request. Called without open(): the gate has an instance of its own, beside the one that feeds.
     *   returns  OMBUD_UNAVAILABLE  who asks cannot be looked up now; a gate that enforces lets nothing pass
     *   thread   [worker]
     *   time     at once: a page waits */
    ombud_status (*describe)(ombud_instance *self, const ombud_web_request *request, ombud_web_answer *answer);
} ombud_web;

#ifdef __cplusplus
}
#endif
#endif
