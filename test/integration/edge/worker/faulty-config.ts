/** The edge with a config object that throws at whatever it is asked. Everything else is the real thing. */
import { DurableObject } from "cloudflare:workers";
import edge from "../../../../workers/edge/main.ts";

export { RateLimiter, Rollout, ServiceMonitor } from "../../../../workers/edge/main.ts";

const broken = (): Promise<never> => Promise.reject(new Error("broken by the test"));

export class MeshConfig extends DurableObject {
  text(): Promise<never> {
    return broken();
  }
  head(): Promise<never> {
    return broken();
  }
  put(): Promise<never> {
    return broken();
  }
  current(): Promise<never> {
    return broken();
  }
  slice(): Promise<never> {
    return broken();
  }
  subscribe(): Promise<never> {
    return broken();
  }
  noteRefusals(): Promise<never> {
    return broken();
  }
}

export default edge;
