/* The golden layout of the ABI: every size, offset and constant, as plain numbers. A line here changes only together with
 * ABI-CHANGES.md; before the first release by intent, after it never (structs grow at the end: new lines, a larger SIZE).
 * Compiled, not run: by gcc and clang, as C99 and as C++20. */
#include <ombud/action.h>
#include <ombud/audit.h>
#include <ombud/base.h>
#include <ombud/config.h>
#include <ombud/connector.h>
#include <ombud/event.h>
#include <ombud/feed.h>
#include <ombud/finding.h>
#include <ombud/frames.h>
#include <ombud/hook.h>
#include <ombud/host.h>
#include <ombud/inventory.h>
#include <ombud/media.h>
#include <ombud/module.h>
#include <ombud/names.h>
#include <ombud/observer.h>
#include <ombud/packet.h>
#include <ombud/register.h>
#include <ombud/state.h>
#include <ombud/verdict.h>
#include <ombud/vocabulary.h>
#include <ombud/web.h>

#ifdef __cplusplus
#define CHECK(condition, text) static_assert(condition, text)
#else
#define CHECK(condition, text) _Static_assert(condition, text)
#endif
#define SIZE(type, bytes) CHECK(sizeof(type) == (bytes), "size of " #type)
#define AT(type, member, bytes) CHECK(offsetof(type, member) == (bytes), "offset of " #type "." #member)
#define IS(name, value) CHECK((name) == (value), "value of " #name)

SIZE(ombud_action, 168);
AT(ombud_action, struct_size, 0); AT(ombud_action, flags, 4); AT(ombud_action, id, 8); AT(ombud_action, kind, 24);
AT(ombud_action, attachment, 40); AT(ombud_action, device, 56); AT(ombud_action, recording, 72);
AT(ombud_action, control, 88); AT(ombud_action, reason, 104); AT(ombud_action, track_rules, 120);
AT(ombud_action, track_rule_count, 128); AT(ombud_action, track_rule_stride, 132);
AT(ombud_action, export_id, 136); AT(ombud_action, user, 152);

SIZE(ombud_actions, 16);
AT(ombud_actions, struct_size, 0); AT(ombud_actions, reserved, 4); AT(ombud_actions, request, 8);

SIZE(ombud_action_result, 24);
AT(ombud_action_result, struct_size, 0); AT(ombud_action_result, outcome, 4); AT(ombud_action_result, proof, 8);

SIZE(ombud_audit_run, 24);
AT(ombud_audit_run, struct_size, 0); AT(ombud_audit_run, flags, 4); AT(ombud_audit_run, ctx, 8);
AT(ombud_audit_run, progress, 16);

SIZE(ombud_audit, 16);
AT(ombud_audit, struct_size, 0); AT(ombud_audit, reserved, 4); AT(ombud_audit, run, 8);

SIZE(ombud_view, 16);
AT(ombud_view, ptr, 0); AT(ombud_view, len, 8);

SIZE(ombud_id, 16);
AT(ombud_id, b, 0);

SIZE(ombud_abi_note, 28);
AT(ombud_abi_note, name_size, 0); AT(ombud_abi_note, desc_size, 4); AT(ombud_abi_note, type, 8);
AT(ombud_abi_note, name, 12); AT(ombud_abi_note, major, 20); AT(ombud_abi_note, lowest_minor, 24);

SIZE(ombud_config, 56);
AT(ombud_config, struct_size, 0); AT(ombud_config, reserved, 4); AT(ombud_config, ctx, 8);
AT(ombud_config, get_i64, 16); AT(ombud_config, get_bool, 24); AT(ombud_config, get_str, 32);
AT(ombud_config, get_count, 40); AT(ombud_config, json, 48);

SIZE(ombud_connector, 40);
AT(ombud_connector, struct_size, 0); AT(ombud_connector, reserved, 4); AT(ombud_connector, open, 8);
AT(ombud_connector, list, 16); AT(ombud_connector, poll, 24); AT(ombud_connector, act, 32);

SIZE(ombud_field, 16);
AT(ombud_field, key_id, 0); AT(ombud_field, type, 4); AT(ombud_field, flags, 6); AT(ombud_field, v, 8);
AT(ombud_field, v.s.off, 8); AT(ombud_field, v.s.len, 12);

SIZE(ombud_event, 88);
AT(ombud_event, struct_size, 0); AT(ombud_event, total_size, 4); AT(ombud_event, type_id, 8);
AT(ombud_event, schema, 12); AT(ombud_event, flags, 16); AT(ombud_event, field_off, 20);
AT(ombud_event, field_count, 24); AT(ombud_event, field_stride, 28); AT(ombud_event, seq, 32);
AT(ombud_event, utc_ns, 40); AT(ombud_event, mono_ns, 48); AT(ombud_event, source, 56);
AT(ombud_event, correlation, 72);

SIZE(ombud_feed, 32);
AT(ombud_feed, struct_size, 0); AT(ombud_feed, reserved, 4); AT(ombud_feed, push, 8); AT(ombud_feed, put, 16);
AT(ombud_feed, coverage, 24);

SIZE(ombud_finding, 136);
AT(ombud_finding, struct_size, 0); AT(ombud_finding, severity, 4); AT(ombud_finding, key, 8);
AT(ombud_finding, control, 24); AT(ombud_finding, attachment, 40); AT(ombud_finding, device, 56);
AT(ombud_finding, recording, 72); AT(ombud_finding, text, 88); AT(ombud_finding, person, 104);
AT(ombud_finding, evidence_json, 120);

SIZE(ombud_findings, 24);
AT(ombud_findings, struct_size, 0); AT(ombud_findings, reserved, 4); AT(ombud_findings, raise, 8);
AT(ombud_findings, clear, 16);

SIZE(ombud_hook_call, 48);
AT(ombud_hook_call, struct_size, 0); AT(ombud_hook_call, hook_id, 4); AT(ombud_hook_call, flags, 8);
AT(ombud_hook_call, reserved, 12); AT(ombud_hook_call, call_id, 16); AT(ombud_hook_call, deadline_mono_ns, 24);
AT(ombud_hook_call, event, 32); AT(ombud_hook_call, packet, 40);

SIZE(ombud_hook, 16);
AT(ombud_hook, struct_size, 0); AT(ombud_hook, reserved, 4); AT(ombud_hook, judge, 8);

SIZE(ombud_host, 48);
AT(ombud_host, struct_size, 0); AT(ombud_host, abi_minor, 4); AT(ombud_host, ctx, 8); AT(ombud_host, get_extension, 16);
AT(ombud_host, log, 24); AT(ombud_host, set_error, 32); AT(ombud_host, now, 40);

SIZE(ombud_recording, 48);
AT(ombud_recording, id, 0); AT(ombud_recording, device, 8); AT(ombud_recording, flags, 12);
AT(ombud_recording, begin_utc_ns, 16); AT(ombud_recording, end_utc_ns, 24); AT(ombud_recording, size_bytes, 32);
AT(ombud_recording, lock_review_utc_ns, 40);

SIZE(ombud_inventory, 56);
AT(ombud_inventory, struct_size, 0); AT(ombud_inventory, reserved, 4); AT(ombud_inventory, scan, 8);
AT(ombud_inventory, recording_count, 16); AT(ombud_inventory, recording, 24); AT(ombud_inventory, device, 32);
AT(ombud_inventory, storage, 40); AT(ombud_inventory, coverage, 48);

SIZE(ombud_media_info, 80);
AT(ombud_media_info, struct_size, 0); AT(ombud_media_info, reserved, 4); AT(ombud_media_info, size_bytes, 8);
AT(ombud_media_info, duration_ns, 16); AT(ombud_media_info, creation_utc_ns, 24); AT(ombud_media_info, container, 32);
AT(ombud_media_info, tracks, 48); AT(ombud_media_info, problem, 64);

SIZE(ombud_media, 16);
AT(ombud_media, struct_size, 0); AT(ombud_media, reserved, 4); AT(ombud_media, probe, 8);

SIZE(ombud_module, 88);
AT(ombud_module, struct_size, 0); AT(ombud_module, abi_minor, 4); AT(ombud_module, flags, 8);
AT(ombud_module, reserved, 12); AT(ombud_module, id, 16); AT(ombud_module, version, 32); AT(ombud_module, create, 48);
AT(ombud_module, start, 56); AT(ombud_module, stop, 64); AT(ombud_module, destroy, 72);
AT(ombud_module, get_extension, 80);

SIZE(ombud_names, 24);
AT(ombud_names, struct_size, 0); AT(ombud_names, reserved, 4); AT(ombud_names, intern, 8); AT(ombud_names, name, 16);

SIZE(ombud_observer, 16);
AT(ombud_observer, struct_size, 0); AT(ombud_observer, reserved, 4); AT(ombud_observer, observe, 8);

SIZE(ombud_packet, 112);
AT(ombud_packet, struct_size, 0); AT(ombud_packet, codec_fourcc, 4); AT(ombud_packet, flags, 8);
AT(ombud_packet, track, 12); AT(ombud_packet, pts, 16); AT(ombud_packet, dts, 24); AT(ombud_packet, duration, 32);
AT(ombud_packet, tb_num, 40); AT(ombud_packet, tb_den, 44); AT(ombud_packet, capture_utc_ns, 48);
AT(ombud_packet, stream, 56); AT(ombud_packet, handle, 72); AT(ombud_packet, data, 80); AT(ombud_packet, extradata, 96);

SIZE(ombud_register, 32);
AT(ombud_register, struct_size, 0); AT(ombud_register, reserved, 4); AT(ombud_register, revision, 8);
AT(ombud_register, find, 16); AT(ombud_register, next, 24);
SIZE(ombud_state, 24);
AT(ombud_state, struct_size, 0); AT(ombud_state, reserved, 4); AT(ombud_state, put, 8); AT(ombud_state, next, 16);

SIZE(ombud_track_rule, 24);
AT(ombud_track_rule, track_kind, 0); AT(ombud_track_rule, rule, 4); AT(ombud_track_rule, begin_utc_ns, 8);
AT(ombud_track_rule, end_utc_ns, 16);

SIZE(ombud_field_text, 24);
AT(ombud_field_text, key_id, 0); AT(ombud_field_text, reserved, 4); AT(ombud_field_text, text, 8);

SIZE(ombud_verdict, 152);
AT(ombud_verdict, struct_size, 0); AT(ombud_verdict, action, 4); AT(ombud_verdict, reason_code, 8);
AT(ombud_verdict, flags, 12); AT(ombud_verdict, valid_until_mono_ns, 16); AT(ombud_verdict, transform_kind, 24);
AT(ombud_verdict, reserved, 28); AT(ombud_verdict, replacement_handle, 32); AT(ombud_verdict, rule_id, 40);
AT(ombud_verdict, reason, 56); AT(ombud_verdict, evidence_json, 72); AT(ombud_verdict, track_rules, 88);
AT(ombud_verdict, track_rule_count, 96); AT(ombud_verdict, track_rule_stride, 100);
AT(ombud_verdict, field_texts, 104); AT(ombud_verdict, field_text_count, 112); AT(ombud_verdict, field_text_stride, 116);
AT(ombud_verdict, parts, 120); AT(ombud_verdict, part_count, 128); AT(ombud_verdict, reserved2, 132);
AT(ombud_verdict, advice, 136);

SIZE(ombud_frame, 56);
AT(ombud_frame, struct_size, 0); AT(ombud_frame, flags, 4); AT(ombud_frame, time_ns, 8); AT(ombud_frame, width, 16);
AT(ombud_frame, height, 20); AT(ombud_frame, luma, 24); AT(ombud_frame, luma_stride, 32); AT(ombud_frame, square, 40);
AT(ombud_frame, columns, 44); AT(ombud_frame, rows, 48); AT(ombud_frame, reserved, 52);

SIZE(ombud_frames, 16);
AT(ombud_frames, struct_size, 0); AT(ombud_frames, reserved, 4); AT(ombud_frames, look, 8);

SIZE(ombud_web_request, 120);
AT(ombud_web_request, struct_size, 0); AT(ombud_web_request, flags, 4); AT(ombud_web_request, method, 8);
AT(ombud_web_request, target, 24); AT(ombud_web_request, cookie, 40); AT(ombud_web_request, authorization, 56);
AT(ombud_web_request, content_type, 72); AT(ombud_web_request, body, 88); AT(ombud_web_request, peer, 104);

SIZE(ombud_web_answer, 40);
AT(ombud_web_answer, struct_size, 0); AT(ombud_web_answer, standing, 4); AT(ombud_web_answer, flags, 8);
AT(ombud_web_answer, reserved, 12); AT(ombud_web_answer, event, 16); AT(ombud_web_answer, note, 24);

SIZE(ombud_web, 16);
AT(ombud_web, struct_size, 0); AT(ombud_web, reserved, 4); AT(ombud_web, describe, 8);

/* ombud/action.h */
IS(OMBUD_OUTCOME_UNSET, 0u); IS(OMBUD_OUTCOME_DONE, 1u); IS(OMBUD_OUTCOME_ALREADY, 2u); IS(OMBUD_OUTCOME_REFUSED, 3u);
IS(OMBUD_OUTCOME_RETRY, 4u); IS(OMBUD_OUTCOME_FAILED, 5u);

/* ombud/audit.h */
IS(OMBUD_AUDIT_CORRECT, 1u); IS(OMBUD_AUDIT_REQUESTED, 2u);

/* ombud/base.h */
IS(OMBUD_ABI_MAJOR, 1u); IS(OMBUD_ABI_NEWEST, 0u); IS(OMBUD_ABI_MINOR, 0u); IS(OMBUD_OK, 0); IS(OMBUD_NOT_FOUND, 1); IS(OMBUD_INVALID_INPUT, 2);
IS(OMBUD_UNAVAILABLE, 3); IS(OMBUD_TOO_NEW, 4); IS(OMBUD_REFUSED, 5); IS(OMBUD_CORRUPT, 6); IS(OMBUD_INTERNAL, 7);
IS(OMBUD_CANCELLED, 8); IS(OMBUD_NOTE_TYPE_ABI, 1u);

/* ombud/connector.h */
IS(OMBUD_LIST_DEVICES, 1u); IS(OMBUD_LIST_RECORDINGS, 2u); IS(OMBUD_LIST_STORAGE, 3u);

/* ombud/event.h */
IS(OMBUD_EVENT_REDELIVERY, 1u); IS(OMBUD_EVENT_SYNTHETIC, 2u); IS(OMBUD_EVENT_SIZE_MAX, 65536u);
IS(OMBUD_FIELD_I64, 1u); IS(OMBUD_FIELD_U64, 2u); IS(OMBUD_FIELD_F64, 3u); IS(OMBUD_FIELD_TEXT, 4u);
IS(OMBUD_FIELD_BYTES, 5u); IS(OMBUD_FIELD_PERSONAL, 1u);

/* ombud/feed.h */
IS(OMBUD_COVERAGE_BLIND, 1u); IS(OMBUD_COVERAGE_OBSERVABLE, 2u); IS(OMBUD_COVERAGE_CORRECTABLE, 3u);
IS(OMBUD_COVERAGE_PREVENTABLE, 4u);

/* ombud/finding.h */
IS(OMBUD_SEVERITY_INFO, 1u); IS(OMBUD_SEVERITY_WARNING, 2u); IS(OMBUD_SEVERITY_VIOLATION, 3u);

/* ombud/hook.h */
IS(OMBUD_HOOK_STREAM_OPEN, 1u); IS(OMBUD_HOOK_STREAM_PACKET, 2u); IS(OMBUD_HOOK_RECORDING_FINISHED, 3u);
IS(OMBUD_HOOK_RECORDING_DELETE, 4u); IS(OMBUD_HOOK_EXPORT_RELEASE, 5u); IS(OMBUD_HOOK_MAIL_SEND, 6u);
IS(OMBUD_HOOK_PUSH_SEND, 7u); IS(OMBUD_HOOK_ACCESS_REQUEST, 8u); IS(OMBUD_CALL_REPLAY, 1u); IS(OMBUD_CALL_DRYRUN, 2u);
IS(OMBUD_CALL_REDELIVERY, 4u);

/* ombud/host.h */
IS(OMBUD_LOG_DEBUG, 1); IS(OMBUD_LOG_INFO, 2); IS(OMBUD_LOG_WARNING, 3); IS(OMBUD_LOG_ERROR, 4);
IS(OMBUD_CLOCK_UTC, 1u); IS(OMBUD_CLOCK_MONO, 2u);

/* ombud/inventory.h */
IS(OMBUD_RECORDING_LOCKED, 1u); IS(OMBUD_RECORDING_OPEN, 2u); IS(OMBUD_RECORDING_AUDIO, 4u);
IS(OMBUD_RECORDING_DATA, 8u); IS(OMBUD_RECORDING_TRACKS_KNOWN, 16u); IS(OMBUD_RECORDING_NO_FILE, 32u);
IS(OMBUD_RECORDING_NO_ROW, 64u); IS(OMBUD_RECORDING_UNREADABLE, 128u); IS(OMBUD_RECORDING_LOCK_DOCUMENTED, 256u);
IS(OMBUD_RECORDING_GONE, 512u);

/* ombud/packet.h */
IS(OMBUD_PACKET_KEY, 1u); IS(OMBUD_PACKET_CORRUPT, 2u);

/* ombud/verdict.h */
IS(OMBUD_UNSET, 0); IS(OMBUD_ALLOW, 1); IS(OMBUD_DENY, 2); IS(OMBUD_TRANSFORM, 3); IS(OMBUD_ABSTAIN, 4);
IS(OMBUD_DEFER, 5); IS(OMBUD_TRANSFORM_NONE, 0u); IS(OMBUD_TRANSFORM_TRACKS, 1u); IS(OMBUD_TRANSFORM_FIELDS, 2u); IS(OMBUD_TRANSFORM_PARTS, 4u); IS(OMBUD_TRACK_VIDEO, 1u);
IS(OMBUD_TRACK_AUDIO, 2u); IS(OMBUD_TRACK_DATA, 3u); IS(OMBUD_TRACK_OTHER, 4u); IS(OMBUD_TRACK_REMOVE, 1u);
IS(OMBUD_TRACK_KEEP_WITHIN, 2u); IS(OMBUD_TRACK_PSEUDONYMISE, 3u);
IS(OMBUD_SQUARE_UNSET, 0u); IS(OMBUD_SQUARE_COVER, 1u); IS(OMBUD_SQUARE_SHOW, 2u);
IS(OMBUD_WEB_UNSET, 0u); IS(OMBUD_WEB_OPEN, 1u); IS(OMBUD_WEB_GRANTED, 2u); IS(OMBUD_WEB_LACKING, 3u);
IS(OMBUD_WEB_NOBODY, 4u); IS(OMBUD_WEB_STRANGE, 5u); IS(OMBUD_WEB_CHANGES, 1u); IS(OMBUD_WEB_BY_COOKIE, 2u);
IS(OMBUD_WEB_BODY_UNSEEN, 1u);

/* Texts and signatures, which C cannot compare while compiling. */
#ifdef __cplusplus
#include <string_view>
#include <type_traits>
#define TEXT(name, value) CHECK(std::string_view(name) == value, "text of " #name)
#define CALL(type, member, ...) CHECK((std::is_same_v<decltype(type::member), __VA_ARGS__>), "signature of " #type "." #member)

TEXT(OMBUD_ACTIONS_ID, "ombud.actions/1");
TEXT(OMBUD_AUDIT_ID, "ombud.audit/1");
TEXT(OMBUD_CONNECTOR_ID, "ombud.connector/1");
TEXT(OMBUD_FEED_ID, "ombud.feed/1");
TEXT(OMBUD_FINDINGS_ID, "ombud.findings/1");
TEXT(OMBUD_FRAMES_ID, "ombud.frames/1");
TEXT(OMBUD_HOOK_ID, "ombud.hook/1");
TEXT(OMBUD_INVENTORY_ID, "ombud.inventory/1");
TEXT(OMBUD_MEDIA_ID, "ombud.media/1");
TEXT(OMBUD_NAMES_ID, "ombud.names/1");
TEXT(OMBUD_REGISTER_ID, "ombud.register/1");
TEXT(OMBUD_STATE_ID, "ombud.state/1");
TEXT(OMBUD_OBSERVER_ID, "ombud.events/1");
TEXT(OMBUD_WEB_ID, "ombud.web/1");
TEXT(OMBUD_EVENT_RECORDING_FINISHED, "recording.finished");
TEXT(OMBUD_EVENT_RECORDING_CHANGED, "recording.changed");
TEXT(OMBUD_EVENT_RECORDING_GONE, "recording.gone");
TEXT(OMBUD_EVENT_DEVICE_CHANGED, "device.changed");
TEXT(OMBUD_EVENT_DEVICE_GONE, "device.gone");
TEXT(OMBUD_EVENT_CONNECTION, "connector.connection");
TEXT(OMBUD_RECORD_DEVICE, "inventory.device");
TEXT(OMBUD_RECORD_RECORDING, "inventory.recording");
TEXT(OMBUD_RECORD_STORAGE, "inventory.storage");
TEXT(OMBUD_KEY_RECORDING, "recording");
TEXT(OMBUD_KEY_DEVICE, "device");
TEXT(OMBUD_KEY_PATH, "path");
TEXT(OMBUD_KEY_BEGIN, "begin_utc_ns");
TEXT(OMBUD_KEY_END, "end_utc_ns");
TEXT(OMBUD_KEY_SIZE, "size_bytes");
TEXT(OMBUD_KEY_TRACKS, "tracks");
TEXT(OMBUD_KEY_LOCKED, "locked");
TEXT(OMBUD_KEY_LOCK_REASON, "lock_reason");
TEXT(OMBUD_KEY_LOCK_CASE, "lock_case");
TEXT(OMBUD_KEY_LOCK_OWNER, "lock_owner");
TEXT(OMBUD_KEY_LOCK_REVIEW, "lock_review_utc_ns");
TEXT(OMBUD_KEY_NO_FILE, "no_file");
TEXT(OMBUD_KEY_NO_ROW, "no_row");
TEXT(OMBUD_KEY_UNREADABLE, "unreadable");
TEXT(OMBUD_KEY_TIME_SOURCE, "time_source");
TEXT(OMBUD_KEY_NAME, "name");
TEXT(OMBUD_KEY_AUDIO, "audio");
TEXT(OMBUD_KEY_METADATA, "metadata");
TEXT(OMBUD_KEY_CAMERA, "camera");
TEXT(OMBUD_KEY_STORAGE, "storage");
TEXT(OMBUD_KEY_CAPACITY, "capacity_bytes");
TEXT(OMBUD_KEY_FREE, "free_bytes");
TEXT(OMBUD_KEY_ENCRYPTED, "encrypted");
TEXT(OMBUD_EVENT_STREAM_OPEN, "stream.open");
TEXT(OMBUD_EVENT_MAIL_SEND, "mail.send");
TEXT(OMBUD_EVENT_PUSH_SEND, "push.send");
TEXT(OMBUD_KEY_STREAM, "stream");
TEXT(OMBUD_KEY_BACKCHANNEL, "backchannel");
TEXT(OMBUD_KEY_VIEWER, "viewer");
TEXT(OMBUD_KEY_STAGE, "stage");
TEXT(OMBUD_KEY_SENDER, "sender");
TEXT(OMBUD_KEY_RECIPIENT, "recipient");
TEXT(OMBUD_KEY_RECIPIENTS, "recipients");
TEXT(OMBUD_KEY_HEADER_RECIPIENTS, "header_recipients");
TEXT(OMBUD_KEY_PARTS, "parts");
TEXT(OMBUD_KEY_TLS_IN, "tls_in");
TEXT(OMBUD_KEY_TLS_OUT, "tls_out");
TEXT(OMBUD_KEY_NEXT_HOP, "next_hop");
TEXT(OMBUD_KEY_QUEUE_ID, "queue_id");
TEXT(OMBUD_KEY_DELETE_BY, "delete_by");
TEXT(OMBUD_KEY_PERSON, "person");
TEXT(OMBUD_KEY_TITLE, "title");
TEXT(OMBUD_KEY_TEXT, "text");
TEXT(OMBUD_KEY_DATA, "data");
TEXT(OMBUD_KEY_PICTURE, "picture");
TEXT(OMBUD_KEY_FORWARDER, "forwarder");
TEXT(OMBUD_KEY_PROVIDER, "provider");
TEXT(OMBUD_KEY_COUNTRY, "country");
TEXT(OMBUD_KEY_KEY, "key");
TEXT(OMBUD_KEY_ATTACHMENT, "attachment");
TEXT(OMBUD_KEY_CAUSE, "cause");
TEXT(OMBUD_KEY_USER, "user");
TEXT(OMBUD_KEY_STATE, "state");
TEXT(OMBUD_KEY_DETAIL, "detail");
TEXT(OMBUD_EVENT_ACCESS_REQUEST, "access.request");
TEXT(OMBUD_KEY_ACT, "act");
TEXT(OMBUD_KEY_PEER, "peer");
TEXT(OMBUD_KEY_STANDING, "standing");
TEXT(OMBUD_KEY_NOTE, "note");
TEXT(OMBUD_KEY_REFUSED, "refused");
TEXT(OMBUD_ACTION_DELETE_RECORDING, "recording.delete");
TEXT(OMBUD_ACTION_CLEAN_RECORDING, "recording.clean");
TEXT(OMBUD_ACTION_QUARANTINE_RECORDING, "recording.quarantine");
TEXT(OMBUD_ACTION_ARCHIVE_RECORDING, "recording.archive");
TEXT(OMBUD_ACTION_AUDIO_OFF, "device.audio.off");
TEXT(OMBUD_ACTION_METADATA_OFF, "device.metadata.off");

CALL(ombud_actions, request, ombud_status (*)(void *, const ombud_action *));
CALL(ombud_audit_run, progress, ombud_status (*)(void *, uint64_t, uint64_t));
CALL(ombud_audit, run, ombud_status (*)(ombud_instance *, const ombud_audit_run *));
CALL(ombud_config, get_i64, ombud_status (*)(void *, const char *, int64_t *));
CALL(ombud_config, get_bool, ombud_status (*)(void *, const char *, uint32_t *));
CALL(ombud_config, get_str, ombud_status (*)(void *, const char *, ombud_view *));
CALL(ombud_config, get_count, ombud_status (*)(void *, const char *, uint64_t *));
CALL(ombud_config, json, ombud_view (*)(void *));
CALL(ombud_connector, open, ombud_status (*)(ombud_instance *, ombud_view));
CALL(ombud_connector, list, ombud_status (*)(ombud_instance *, uint32_t));
CALL(ombud_connector, poll, ombud_status (*)(ombud_instance *, int64_t));
CALL(ombud_connector, act, ombud_status (*)(ombud_instance *, const ombud_action *, ombud_action_result *));
CALL(ombud_feed, push, ombud_status (*)(void *, const ombud_event *const *, uint64_t, ombud_view));
CALL(ombud_feed, put, ombud_status (*)(void *, const ombud_event *const *, uint64_t));
CALL(ombud_feed, coverage, ombud_status (*)(void *, ombud_view, uint32_t, ombud_view));
CALL(ombud_findings, raise, ombud_status (*)(void *, const ombud_finding *));
CALL(ombud_findings, clear, ombud_status (*)(void *, ombud_view));
CALL(ombud_hook, judge, ombud_status (*)(ombud_instance *, const ombud_hook_call *, ombud_verdict *));
CALL(ombud_host, get_extension, const void * (*)(void *, const char *));
CALL(ombud_host, log, void (*)(void *, int32_t, ombud_view, ombud_view));
CALL(ombud_host, set_error, void (*)(void *, ombud_status, ombud_view));
CALL(ombud_host, now, int64_t (*)(void *, uint32_t));
CALL(ombud_inventory, scan, ombud_status (*)(void *, uint64_t, ombud_recording *, uint64_t, uint32_t, uint64_t *));
CALL(ombud_inventory, recording_count, ombud_status (*)(void *, uint64_t *));
CALL(ombud_inventory, recording, ombud_status (*)(void *, uint64_t, const ombud_event **));
CALL(ombud_inventory, device, ombud_status (*)(void *, uint32_t, const ombud_event **));
CALL(ombud_inventory, storage, ombud_status (*)(void *, uint32_t, const ombud_event **));
CALL(ombud_inventory, coverage, uint32_t (*)(void *, ombud_view, ombud_view));
CALL(ombud_media, probe, ombud_status (*)(void *, ombud_view, ombud_media_info *));
CALL(ombud_module, create, ombud_status (*)(const ombud_host *, const ombud_config *, ombud_instance **));
CALL(ombud_module, start, ombud_status (*)(ombud_instance *));
CALL(ombud_module, stop, ombud_status (*)(ombud_instance *, int64_t));
CALL(ombud_module, destroy, void (*)(ombud_instance *));
CALL(ombud_module, get_extension, const void * (*)(const char *));
CALL(ombud_names, intern, uint32_t (*)(void *, ombud_view));
CALL(ombud_names, name, ombud_view (*)(void *, uint32_t));
CALL(ombud_register, revision, ombud_status (*)(void *, ombud_view, uint64_t *));
CALL(ombud_register, find, ombud_status (*)(void *, ombud_view, ombud_view, const ombud_event **));
CALL(ombud_register, next, ombud_status (*)(void *, ombud_view, ombud_view, const ombud_event **));
CALL(ombud_state, put, ombud_status (*)(void *, ombud_view, ombud_view));
CALL(ombud_state, next, ombud_status (*)(void *, ombud_view, ombud_view *, ombud_view *));
CALL(ombud_observer, observe, ombud_status (*)(ombud_instance *, const ombud_event *));
CHECK((std::is_same_v<decltype(ombud_module_entry_v1), const ombud_module *(void)>), "signature of the entry");
CALL(ombud_frames, look, ombud_status (*)(ombud_instance *, const ombud_frame *, uint8_t *));
CALL(ombud_web, describe, ombud_status (*)(ombud_instance *, const ombud_web_request *, ombud_web_answer *));
#endif
