/** An edge whose monitors do at once what operators say, and take their time to say so, as those far away do. */
import { ServiceMonitor as Quick } from "../../../../workers/edge/main.ts";

export * from "../../../../workers/edge/main.ts";
export { default } from "../../../../workers/edge/main.ts";

/** Long enough for a caller to be gone before the answer is there. */
const ANSWERED_MS = 1_500;

export class ServiceMonitor extends Quick {
  override async operate(...command: Parameters<Quick["operate"]>): ReturnType<Quick["operate"]> {
    const reply = await super.operate(...command);
    await new Promise((wake) => setTimeout(wake, ANSWERED_MS));
    return reply;
  }
}
