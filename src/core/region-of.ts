/**
 * Which region's health a request is judged by: the one whose Cloudflare data centre handles it, since latency is
 * measured from there. The data centre's code decides where we know it; else the caller's continent, country and
 * longitude, who is usually near.
 *
 * Source: IATA codes of cloudflarestatus.com; regions as Cloudflare's location hints.
 */
import type { Region } from "./region.ts";

/** The fields of `request.cf` that say where a request is. All may be missing. */
export interface RequestLocation {
  readonly colo?: string | undefined;
  /** Two letters: AF, AN, AS, EU, NA, OC, SA. */
  readonly continent?: string | undefined;
  /** ISO 3166-1 alpha-2, "T1" for Tor. */
  readonly country?: string | undefined;
  /** Degrees east; Cloudflare sends a string. */
  readonly longitude?: string | number | undefined;
}

/** Where nothing is known. Most of Cloudflare's capacity and most clouds' default region are here. */
export const DEFAULT_REGION: Region = "enam";

/** Large data centres whose continent alone would not tell the region. */
const COLOS: readonly (readonly [Region, string])[] = [
  ["wnam", "SJC SFO LAX SEA PDX SMF SAN LAS PHX SLC DEN ABQ BOI YVR YYC GDL TIJ HNL ANC"],
  [
    "enam",
    "IAD EWR JFK BOS BUF PHL PIT CLT ATL MIA TPA JAX MCO ORD DTW CMH IND STL MCI MSP OMA DFW IAH AUS SAT BNA MEM",
  ],
  ["enam", "RIC ORF RDU CLE CVG YYZ YUL YOW YHZ YWG MEX QRO"],
  [
    "weur",
    "LHR MAN EDI DUB AMS BRU LUX CDG MRS LYS BOD FRA DUS HAM MUC TXL BER STR ZRH GVA MXP FCO PMO MAD BCN LIS CPH OSL",
  ],
  ["weur", "ARN GOT KEF"],
  ["eeur", "WAW PRG BTS BUD VIE OTP SOF BEG ZAG LJU SKP TIA ATH SKG IST RIX TLL VNO HEL KBP KIV DME LED SVX TBS EVN"],
  ["apac-ne", "NRT KIX FUK OKA ICN TPE KHH HKG MFM PEK PVG CAN SZX ULN"],
  ["apac-se", "SIN KUL JHB CGK DPS SGN HAN DAD BKK CNX MNL CEB PNH VTE RGN BWN"],
  ["apac", "BOM DEL MAA BLR HYD CCU NAG COK AMD CMB DAC CGP KTM PBH MLE ISB LHE KHI ALA TAS NQZ"],
  ["me", "DXB AUH DOH BAH KWI RUH JED DMM MCT AMM BEY TLV BGW BSR NJF EBL"],
  ["oc", "SYD MEL BNE PER ADL CBR HBA AKL CHC NOU SUV GUM"],
  ["sam", "GRU GIG EZE SCL BOG MDE LIM UIO GYE CCS FOR POA CWB BSB ASU MVD PTY SJO"],
  ["afr", "JNB CPT DUR NBO MBA LOS ACC CAI ALG TUN CMN DKR ADD DAR KGL LUN HRE MPM LAD TNR MRU RUN"],
];

const COLO_REGIONS: ReadonlyMap<string, Region> = new Map(
  COLOS.flatMap(([region, colos]) => colos.split(" ").map((colo) => [colo, region] as const)),
);

const EASTERN_EUROPE = new Set(
  "AL AM AT AZ BA BG BY CY CZ EE FI GE GR HR HU LT LV MD ME MK PL RO RS RU SI SK TR UA XK".split(" "),
);
const MIDDLE_EAST = new Set("AE BH IL IQ IR JO KW LB OM PS QA SA SY YE".split(" "));
const NORTH_EAST_ASIA = new Set("CN HK JP KP KR MN MO TW".split(" "));
const SOUTH_EAST_ASIA = new Set("BN ID KH LA MM MY PH SG TH TL VN".split(" "));
const CENTRAL_AMERICA = new Set("BZ CR GT HN NI PA SV".split(" "));

/** Degrees east. West of it a North American caller is nearer to the west coast's data centres (Denver is at −105). */
const WESTERN_NORTH_AMERICA = -100;

/**
 * The region of a request. Unknown values are as good as missing ones; with nothing known it is DEFAULT_REGION.
 *
 * - `location`: `request.cf`, or undefined where there is none.
 *
 * Constant time. Never throws.
 */
export function regionOf(location: RequestLocation | undefined): Region {
  if (location === undefined) return DEFAULT_REGION;
  const byColo = COLO_REGIONS.get(location.colo ?? "");
  if (byColo !== undefined) return byColo;
  const country = location.country ?? "";
  switch (location.continent) {
    case "AF":
      return "afr";
    case "OC":
    case "AN":
      return "oc";
    case "SA":
      return "sam";
    case "EU":
      return EASTERN_EUROPE.has(country) ? "eeur" : "weur";
    case "AS":
      if (MIDDLE_EAST.has(country)) return "me";
      if (NORTH_EAST_ASIA.has(country)) return "apac-ne";
      if (SOUTH_EAST_ASIA.has(country)) return "apac-se";
      return EASTERN_EUROPE.has(country) ? "eeur" : "apac";
    case "NA":
      if (CENTRAL_AMERICA.has(country)) return "enam";
      return Number(location.longitude ?? Number.NaN) < WESTERN_NORTH_AMERICA ? "wnam" : "enam";
    default:
      return DEFAULT_REGION;
  }
}
