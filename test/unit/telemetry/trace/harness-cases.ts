/**
 * The cases of the W3C's validation service for Trace Context, as data: what comes in, and what has to go out.
 *
 * Source: w3c/trace-context, test/test.py at e06b326 (class TraceContextTest), W3C 3-clause BSD licence: inputs and
 * expectations of its tests under their names, with headers that come several times joined as the platform joins them.
 */
const TRACE = "12345678901234567890123456789012";
const PARENT = "1234567890123456";
const FINE = `00-${TRACE}-${PARENT}-00`;

export interface TraceparentCase {
  readonly name: string;
  readonly traceparent: string | null;
  /** The trace goes on; else it begins anew. */
  readonly goesOn: boolean;
}

const one = (name: string, goesOn: boolean, ...values: readonly (string | null)[]): TraceparentCase[] =>
  values.map((traceparent) => ({ name, traceparent, goesOn }));

export const TRACEPARENT_CASES: readonly TraceparentCase[] = [
  ...one("both_traceparent_and_tracestate_missing", false, null),
  ...one("traceparent_included_tracestate_missing", true, `00-${TRACE}-${PARENT}-01`),
  ...one("traceparent_duplicated", false, `00-12345678901234567890123456789011-${PARENT}-01, 00-${TRACE}-${PARENT}-01`),
  ...one(
    "traceparent_version_0x00",
    false,
    `00-${TRACE}-${PARENT}-01.`,
    `00-${TRACE}-${PARENT}-01-what-the-future-will-be-like`,
  ),
  ...one(
    "traceparent_version_0xcc",
    true,
    `cc-${TRACE}-${PARENT}-01`,
    `cc-${TRACE}-${PARENT}-01-what-the-future-will-be-like`,
  ),
  ...one("traceparent_version_0xcc", false, `cc-${TRACE}-${PARENT}-01.what-the-future-will-be-like`),
  ...one("traceparent_version_0xff", false, `ff-${TRACE}-${PARENT}-01`),
  ...one("traceparent_version_illegal_characters", false, `.0-${TRACE}-${PARENT}-01`, `0.-${TRACE}-${PARENT}-01`),
  ...one("traceparent_version_too_long", false, `000-${TRACE}-${PARENT}-01`, `0000-${TRACE}-${PARENT}-01`),
  ...one("traceparent_version_too_short", false, `0-${TRACE}-${PARENT}-01`),
  ...one("traceparent_trace_id_all_zero", false, `00-${"0".repeat(32)}-${PARENT}-01`),
  ...one(
    "traceparent_trace_id_illegal_characters",
    false,
    `00-.2345678901234567890123456789012-${PARENT}-01`,
    `00-1234567890123456789012345678901.-${PARENT}-01`,
  ),
  ...one("traceparent_trace_id_too_long", false, `00-${TRACE}3-${PARENT}-01`),
  ...one("traceparent_trace_id_too_short", false, `00-1234567890123456789012345678901-${PARENT}-01`),
  ...one("traceparent_parent_id_all_zero", false, `00-${TRACE}-${"0".repeat(16)}-01`),
  ...one(
    "traceparent_parent_id_illegal_characters",
    false,
    `00-${TRACE}-.234567890123456-01`,
    `00-${TRACE}-123456789012345.-01`,
  ),
  ...one("traceparent_parent_id_too_long", false, `00-${TRACE}-${PARENT}7-01`),
  ...one("traceparent_parent_id_too_short", false, `00-${TRACE}-123456789012345-01`),
  ...one("traceparent_trace_flags_illegal_characters", false, `00-${TRACE}-${PARENT}-.0`, `00-${TRACE}-${PARENT}-0.`),
  ...one("traceparent_trace_flags_too_long", false, `00-${TRACE}-${PARENT}-001`),
  ...one("traceparent_trace_flags_too_short", false, `00-${TRACE}-${PARENT}-1`),
  ...one(
    "traceparent_ows_handling",
    true,
    ` 00-${TRACE}-${PARENT}-01`,
    `\t00-${TRACE}-${PARENT}-01`,
    `00-${TRACE}-${PARENT}-01 `,
    `00-${TRACE}-${PARENT}-01\t`,
    `\t 00-${TRACE}-${PARENT}-01 \t`,
  ),
];

export interface TracestateCase {
  readonly name: string;
  readonly traceparent: string | null;
  readonly tracestate: string | null;
  /** The list that has to go out; "" for none. */
  readonly out: string;
}

const state = (name: string, tracestate: string | null, out: string, traceparent: string | null = FINE) => ({
  name,
  traceparent,
  tracestate,
  out,
});

const members = (count: number) =>
  Array.from({ length: count }, (_, i) => `bar${String(i + 1).padStart(2, "0")}=${String(i + 1).padStart(2, "0")}`);

const KEY = "abcdefghijklmnopqrstuvwxyz0123456789_-*/";
const range = (from: number, to: number) =>
  String.fromCharCode(...Array.from({ length: to - from + 1 }, (_, i) => from + i));
const VALUE = range(0x20, 0x2b) + range(0x2d, 0x3c) + range(0x3e, 0x7e);

export const TRACESTATE_CASES: readonly TracestateCase[] = [
  state("tracestate_included_traceparent_missing", "foo=1", "", null),
  state("tracestate_included_traceparent_missing", "foo=1,bar=2", "", null),
  state("tracestate_included_traceparent_included", "foo=1,bar=2", "foo=1,bar=2"),
  state("tracestate_header_name", null, ""),
  state("tracestate_empty_header", "", ""),
  state("tracestate_empty_header", "foo=1, ", "foo=1"),
  state("tracestate_empty_header", ", foo=1", "foo=1"),
  state(
    "tracestate_multiple_headers_different_keys",
    "foo=1,bar=2, rojo=1,congo=2, baz=3",
    "foo=1,bar=2,rojo=1,congo=2,baz=3",
  ),
  state("tracestate_duplicated_keys", "foo=1,foo=1", ""),
  state("tracestate_duplicated_keys", "foo=1,foo=2", ""),
  state("tracestate_duplicated_keys", "foo=1, foo=1", ""),
  state("tracestate_duplicated_keys", "foo=1, foo=2", ""),
  state("tracestate_all_allowed_characters", `${KEY}=${VALUE}`, `${KEY}=${VALUE}`),
  state("tracestate_all_allowed_characters", `${KEY}@a-z0-9_-*/=${VALUE}`, `${KEY}@a-z0-9_-*/=${VALUE}`),
  state("tracestate_ows_handling", "foo=1 \t , \t bar=2, \t baz=3", "foo=1,bar=2,baz=3"),
  state("tracestate_ows_handling", "foo=1\t \t,\t \tbar=2,\t \tbaz=3", "foo=1,bar=2,baz=3"),
  ...[" foo=1", "\tfoo=1", "foo=1 ", "foo=1\t", "\t foo=1 \t"].map((text) =>
    state("tracestate_ows_handling", text, "foo=1"),
  ),
  ...["foo =1", "FOO=1", "foo.bar=1"].map((text) => state("tracestate_key_illegal_characters", text, "")),
  ...["foo@=1,bar=2", "@foo=1,bar=2", "foo@@bar=1,bar=2", "foo@bar@baz=1,bar=2"].map((text) =>
    state("tracestate_key_illegal_vendor_format", text, ""),
  ),
  state("tracestate_member_count_limit", members(32).join(","), members(32).join(",")),
  state("tracestate_member_count_limit", members(33).join(","), ""),
  state("tracestate_key_length_limit", `foo=1,${"z".repeat(256)}=1`, `foo=1,${"z".repeat(256)}=1`),
  state("tracestate_key_length_limit", `foo=1,${"z".repeat(257)}=1`, ""),
  state(
    "tracestate_key_length_limit",
    `foo=1,${"t".repeat(241)}@${"v".repeat(14)}=1`,
    `foo=1,${"t".repeat(241)}@${"v".repeat(14)}=1`,
  ),
  state("tracestate_key_length_limit", `foo=1,${"t".repeat(242)}@v=1`, ""),
  state("tracestate_key_length_limit", `foo=1,t@${"v".repeat(15)}=1`, ""),
  ...["foo=bar=baz", "foo=,bar=3"].map((text) => state("tracestate_value_illegal_characters", text, "")),
];
