/** The admin API. */
import { OpenAPIHono } from "@hono/zod-openapi";
import type { ControlEnvironment } from "./environment.ts";

export const api = new OpenAPIHono<{ Bindings: ControlEnvironment }>();

api.get("/livez", (context) => context.json({ live: true }));
