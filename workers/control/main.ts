/** The control plane Worker: wiring only. Traffic never depends on it. */
import { api } from "./api.ts";

export * from "./objects.ts";

export default api;
