/**
 * The picture of the mesh as boxes and bands: callers' regions → routes → services → endpoints. Every column is a stack of
 * boxes, the bands between them are as wide as their share of the traffic. What does not fit is put together: the services
 * that are well into one box, endpoints into one for each cloud. A column without content is left out, and so are regions
 * and routes where there is no room for them.
 */
import { BY_CONCERN, SERVICE_MOODS, type Tone } from "./health.ts";
import type { EndpointLook, MeshLook, ServiceLook } from "./look.ts";
import { type Column, type Link, type Loose, type Picture, place } from "./place-boxes.ts";

export type { Band, Box, Column } from "./place-boxes.ts";

/** Boxes in a column at most. */
const MAX_SERVICES = 14;
const MAX_ENDPOINTS = 18;
const MAX_ROUTES = 12;
/** Narrower than these, regions and routes are left out. */
const ROOM_FOR_REGIONS = 560;
const ROOM_FOR_ROUTES = 860;

/** - `width`: pixels there are. Linear in boxes and flows. */
export function layOut(mesh: MeshLook, width: number): Picture {
  const services = chosenServices(mesh.services);
  const shown = new Map(
    mesh.services.map(({ name }) => [name, services.some((one) => one.name === name) ? name : REST]),
  );
  const ends = endpointBoxes(services, mesh.services, shown);
  const routes = width >= ROOM_FOR_ROUTES ? routeBoxes(mesh, services) : [];
  const regions = width >= ROOM_FOR_REGIONS ? regionBoxes(mesh) : [];
  const columns = [regions, routes, serviceBoxes(services, mesh.services), ends.boxes].filter(
    ({ length }) => length > 0,
  );
  const links = [...callerLinks(mesh, shown, regions, routes), ...ends.links];
  return place(columns, links, width);
}

/** The box of services that are not shown one by one. */
const REST = "\u0000rest";

function chosenServices(services: readonly ServiceLook[]): readonly ServiceLook[] {
  const order = [...services].sort(
    (a, b) =>
      BY_CONCERN.indexOf(a.health) - BY_CONCERN.indexOf(b.health) || b.rps - a.rps || (a.name < b.name ? -1 : 1),
  );
  const kept = order.length > MAX_SERVICES ? order.slice(0, MAX_SERVICES - 1) : order;
  return order.length > MAX_SERVICES ? kept : [...kept].sort((a, b) => (a.name < b.name ? -1 : 1));
}

function serviceBoxes(shown: readonly ServiceLook[], all: readonly ServiceLook[]): Loose[] {
  const boxes = shown.map(({ name, health, rps }): Loose => {
    const { tone, word } = SERVICE_MOODS[health];
    return { key: `s ${name}`, column: "services", label: name, note: "", tone, word, rps, share: null, service: name };
  });
  const rest = all.length - shown.length;
  if (rest === 0) return boxes;
  const left = all.filter(({ name }) => !shown.some((one) => one.name === name));
  const worst = BY_CONCERN.find((health) => left.some((one) => one.health === health)) ?? "healthy";
  const rps = sum(left);
  const { tone, word } = SERVICE_MOODS[worst];
  return [
    ...boxes,
    {
      key: `s ${REST}`,
      column: "services",
      label: `${rest} more`,
      note: "",
      tone,
      word,
      rps,
      share: null,
      service: null,
    },
  ];
}

function endpointBoxes(
  shown: readonly ServiceLook[],
  all: readonly ServiceLook[],
  nameOf: ReadonlyMap<string, string>,
): { readonly boxes: Loose[]; readonly links: Link[] } {
  const total = all.reduce((count, { endpoints }) => count + endpoints.length, 0);
  const rows = all.flatMap((service) => service.endpoints.map((endpoint) => ({ service, endpoint })));
  if (total <= MAX_ENDPOINTS && shown.length === all.length) {
    const ordered = shown.flatMap((service) => service.endpoints.map((endpoint) => ({ service, endpoint })));
    return {
      boxes: ordered.map(({ service, endpoint }) => ({
        key: `e ${service.name}/${endpoint.id}`,
        column: "endpoints",
        label: endpoint.id,
        note: placeOf(endpoint),
        tone: endpoint.mood.tone,
        word: endpoint.mood.word,
        rps: endpoint.share * service.rps,
        share: endpoint.share,
        service: service.name,
      })),
      links: ordered.map(({ service, endpoint }) => ({
        from: `s ${service.name}`,
        to: `e ${service.name}/${endpoint.id}`,
        rps: endpoint.share * service.rps,
        tone: endpoint.mood.tone,
      })),
    };
  }
  const clouds = Map.groupBy(rows, ({ endpoint }) => endpoint.locality.cloud || "elsewhere");
  const links = new Map<string, Link>();
  for (const { service, endpoint } of rows) {
    const from = `s ${nameOf.get(service.name)}`;
    const to = `e ${endpoint.locality.cloud || "elsewhere"}`;
    const before = links.get(`${from}${to}`);
    const tone = before === undefined ? endpoint.mood.tone : worseTone(before.tone, endpoint.mood.tone);
    links.set(`${from}${to}`, { from, to, tone, rps: (before?.rps ?? 0) + endpoint.share * service.rps });
  }
  const boxes = [...clouds]
    .map(([cloud, members]): Loose => {
      const bad = members.filter(({ endpoint }) => endpoint.mood.tone === "bad").length;
      const warn = members.filter(({ endpoint }) => endpoint.mood.tone === "warn").length;
      const tone: Tone = bad === members.length ? "bad" : bad + warn > 0 ? "warn" : "good";
      const word = bad + warn > 0 ? `${bad + warn} of ${members.length} ailing` : `${members.length} serving`;
      const rps = members.reduce((at, { service, endpoint }) => at + endpoint.share * service.rps, 0);
      return {
        key: `e ${cloud}`,
        column: "endpoints",
        label: cloud,
        note: "",
        tone,
        word,
        rps,
        share: null,
        service: null,
      };
    })
    .sort((a, b) => b.rps - a.rps || (a.label < b.label ? -1 : 1));
  return { boxes: boxes.slice(0, MAX_ENDPOINTS), links: [...links.values()] };
}

function regionBoxes({ regions }: MeshLook): Loose[] {
  return [...regions].sort((a, b) => b.rps - a.rps).map(({ name, rps }) => plain(`r ${name}`, "regions", name, rps));
}

/** A route's traffic is known where its services have no other; else it counts as none. */
function routeBoxes({ routes, services }: MeshLook, shown: readonly ServiceLook[]): Loose[] {
  const rps = new Map(services.map((service) => [service.name, service.rps]));
  const all = routes.map(({ name, services: reached }) =>
    plain(
      `p ${name}`,
      "routes",
      name,
      reached.reduce((total, one) => total + (routesTo(one, routes) === 1 ? (rps.get(one) ?? 0) : 0), 0),
    ),
  );
  const busiest = all.sort((a, b) => b.rps - a.rps || (a.label < b.label ? -1 : 1)).slice(0, MAX_ROUTES);
  // Beside the services that they lead to, so that bands seldom cross, and in the same place when the traffic changes.
  const rowOf = ({ label }: Loose) => {
    const reached = routes.find(({ name }) => name === label)!.services;
    return Math.min(...shown.map(({ name }, row) => (reached.includes(name) ? row : shown.length)));
  };
  return busiest.sort((a, b) => rowOf(a) - rowOf(b) || (a.label < b.label ? -1 : 1));
}

function routesTo(service: string, routes: MeshLook["routes"]): number {
  return routes.filter(({ services }) => services.includes(service)).length;
}

function plain(key: string, column: Column, label: string, rps: number): Loose {
  return { key, column, label, note: "", tone: "unknown", word: "", rps, share: null, service: null };
}

/** Region → route → service as far as each is shown. How routes share a service's traffic is not told: thin lines then. */
function callerLinks(
  { flows, services, routes }: MeshLook,
  nameOf: ReadonlyMap<string, string>,
  regionColumn: readonly Loose[],
  routeColumn: readonly Loose[],
): Link[] {
  const links = new Map<string, Link>();
  const tones = new Map(services.map(({ name, health }) => [name, SERVICE_MOODS[health].tone]));
  const shownRoutes = new Set(routeColumn.map(({ key }) => key));
  const add = (from: string, to: string, rps: number, tone: Tone) => {
    const before = links.get(`${from}>${to}`);
    const worse = before === undefined ? tone : worseTone(before.tone, tone);
    links.set(`${from}>${to}`, { from, to, rps: rps + (before?.rps ?? 0), tone: worse });
  };
  for (const { from, service, rps } of flows) {
    const to = `s ${nameOf.get(service) ?? REST}`;
    const tone = tones.get(service) === "bad" ? "bad" : "unknown";
    const via = routes
      .filter((route) => route.services.includes(service) && shownRoutes.has(`p ${route.name}`))
      .map(({ name }) => `p ${name}`);
    const each = via.length === 1 ? rps : 0;
    if (via.length === 0 && regionColumn.length > 0) add(`r ${from}`, to, rps, tone);
    for (const key of via) {
      if (regionColumn.length > 0) add(`r ${from}`, key, each, tone);
      add(key, to, each, tone);
    }
  }
  return [...links.values()];
}

const TONES: readonly Tone[] = ["bad", "warn", "good", "off", "unknown"];
function worseTone(a: Tone, b: Tone): Tone {
  return TONES.indexOf(a) <= TONES.indexOf(b) ? a : b;
}

function placeOf({ locality: { cloud, region } }: EndpointLook): string {
  return [cloud, region].filter((word) => word !== "").join(" ");
}

function sum(members: readonly { readonly rps: number }[]): number {
  return members.reduce((total, { rps }) => total + rps, 0);
}
