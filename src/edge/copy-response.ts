/** A copy of an answer whose headers may be changed. A WebSocket stays one; the body is not touched. Never throws. */
export function copyOf(response: Response): Response {
  if (response.status !== 101) return new Response(response.body, response);
  return new Response(null, { status: 101, webSocket: response.webSocket, headers: response.headers });
}
