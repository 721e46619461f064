/** The baseline: a Worker that only passes requests through. What everything else is measured against. */
export default {
  fetch(request: Request, env: { readonly ORIGIN: string }): Response | Promise<Response> {
    const { url } = request;
    const pathAt = url.indexOf("/", 8);
    if (url.startsWith("/.heddle/", pathAt)) return new Response("ready");
    return fetch(new Request(env.ORIGIN + url.slice(pathAt), request));
  },
};
