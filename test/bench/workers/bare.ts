/** The baseline: a Worker that only passes requests through. What everything else is measured against. */
let origins: readonly string[] | undefined;

export default {
  fetch(request: Request, env: { readonly ORIGIN: string }): Response | Promise<Response> {
    const { url } = request;
    const pathAt = url.indexOf("/", 8);
    if (url.startsWith("/.heddle/", pathAt)) return new Response("ready");
    origins ??= env.ORIGIN.split(",");
    const origin = origins.length === 1 ? origins[0]! : origins[Math.floor(Math.random() * origins.length)]!;
    return fetch(new Request(origin + url.slice(pathAt), request));
  },
};
