import { ACCESS_CONTROL_NAME } from "../../../durable-objects/access-control/access-control.ts";
import type { ControlEnvironment } from "../environment.ts";

/** The object that keeps tokens, answers and the audit log. */
export function accessControl(env: ControlEnvironment) {
  return env.ACCESS_CONTROL.getByName(ACCESS_CONTROL_NAME);
}
