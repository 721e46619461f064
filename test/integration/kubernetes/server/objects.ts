/** Objects of the API as the server keeps them, and its refusals (API conventions, "Response Status Kind"). */

export interface ObjectMeta {
  name: string;
  namespace?: string;
  uid: string;
  resourceVersion: string;
  creationTimestamp: string;
  generation?: number;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  [field: string]: unknown;
}

export interface ApiObject {
  apiVersion: string;
  kind: string;
  metadata: ObjectMeta;
  [field: string]: unknown;
}

/** Thrown by handlers; sent as a Status. */
export class ApiError extends Error {
  readonly code: number;
  readonly reason: string;
  readonly details: Record<string, unknown>;
  readonly headers: Record<string, string>;

  constructor(
    code: number,
    reason: string,
    message: string,
    details: Record<string, unknown> = {},
    headers: Record<string, string> = {},
  ) {
    super(message);
    this.code = code;
    this.reason = reason;
    this.details = details;
    this.headers = headers;
  }
}

export function statusOf({ code, reason, message, details }: ApiError) {
  return { kind: "Status", apiVersion: "v1", metadata: {}, status: "Failure", message, reason, details, code };
}

export const notFound = (resource: string, name: string) =>
  new ApiError(404, "NotFound", `${resource} "${name}" not found`, { name, kind: resource });

export const conflict = (resource: string, name: string, why: string) =>
  new ApiError(409, "Conflict", `Operation cannot be fulfilled on ${resource} "${name}": ${why}`, {
    name,
    kind: resource,
  });

export const invalid = (kind: string, name: string, field: string, why: string) =>
  new ApiError(422, "Invalid", `${kind} "${name}" is invalid: ${field}: ${why}`, {
    name,
    kind,
    causes: [{ reason: "FieldValueInvalid", message: why, field }],
  });

export const badRequest = (why: string) => new ApiError(400, "BadRequest", why);

/** Of a watch, or of the next page of a list, from before the compaction. */
export const expired = (why: string) => new ApiError(410, "Expired", why);
