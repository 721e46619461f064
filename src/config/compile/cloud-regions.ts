/**
 * Where the regions of cloud providers are, as the edge sees the world: the location hint that is nearest by network.
 * Names of different providers rarely collide, and where they do they mean the same part of the world, so one table by
 * name serves all. North America is cut at the Rocky
 * Mountains; Mexico goes with the east and the Nordic countries with western Europe, to which their cables lead.
 *
 * Source: the providers' public lists of regions, 2026.
 */
import { isRegion, type Region } from "../../core/region.ts";

/** By hint, names separated by spaces: AWS, Google Cloud, Azure, then others. */
const NAMES: Readonly<Record<Region, string>> = {
  wnam: `us-west-1 us-west-2 us-gov-west-1 ca-west-1
    us-west1 us-west2 us-west3 us-west4
    westus westus2 westus3 westcentralus usgovarizona canadawest
    sfo1 sfo2 sfo3 us-sanjose-1 us-phoenix-1 us-lax us-sea us-west hil us-west-or us-west-va sjc lax sea den`,
  enam: `us-east-1 us-east-2 us-gov-east-1 ca-central-1 mx-central-1
    us-east1 us-east4 us-east5 us-central1 us-south1 northamerica-northeast1 northamerica-northeast2 northamerica-south1
    eastus eastus2 eastus3 centralus northcentralus southcentralus canadacentral canadaeast mexicocentral usgovvirginia
    usgovtexas nyc1 nyc2 nyc3 tor1 atl1 us-ashburn-1 us-chicago-1 ca-toronto-1 ca-montreal-1 us-east us-central us-ord
    us-iad us-mia us-south us-southeast ca-central ca-tor ash bhs iad ewr ord dfw atl mia yyz yul bos qro`,
  sam: `sa-east-1 sa-west-1 southamerica-east1 southamerica-west1 brazilsouth brazilsoutheast chilecentral
    sa-saopaulo-1 sa-vinhedo-1 sa-santiago-1 sa-valparaiso-1 sa-bogota-1 br-sao br-gru gru gig scl bog eze`,
  weur: `eu-west-1 eu-west-2 eu-west-3 eu-central-1 eu-central-2 eu-south-1 eu-south-2 eusc-de-east-1
    europe-west1 europe-west2 europe-west3 europe-west4 europe-west6 europe-west8 europe-west9 europe-west10
    europe-west12 europe-southwest1 europe-north1 europe-north2
    northeurope westeurope uksouth ukwest francecentral francesouth germanywestcentral germanynorth switzerlandnorth
    switzerlandwest norwayeast norwaywest swedencentral swedensouth italynorth spaincentral belgiumcentral denmarkeast
    eu-north-1 lon1 ams2 ams3 fra1 uk-london-1 uk-cardiff-1 eu-frankfurt-1 eu-amsterdam-1 eu-paris-1 eu-marseille-1
    eu-milan-1 eu-madrid-1 eu-zurich-1 eu-stockholm-1 eu-west eu-central eu-gb eu-de eu-es fr-par nl-ams gb-lon de-fra-2
    it-mil es-mad se-sto fsn1 nbg1 hel1 austriaeast finlandcentral gra sbg rbx de uk lhr cdg ams fra mad arn dub`,
  eeur: "europe-central2 polandcentral greececentral waw pl-waw otp",
  apac: `ap-south-1 ap-south-2 asia-south1 asia-south2 centralindia southindia westindia jioindiawest jioindiacentral
    indiasouthcentral blr1 ap-mumbai-1 ap-hyderabad-1 ap-west in-maa in-bom-2 in-che bom maa del`,
  "apac-ne": `ap-northeast-1 ap-northeast-2 ap-northeast-3 ap-east-1 ap-east-2 cn-north-1 cn-northwest-1
    asia-northeast1 asia-northeast2 asia-northeast3 asia-east1 asia-east2
    japaneast japanwest koreacentral koreasouth eastasia taiwannorth chinanorth chinanorth2 chinanorth3 chinaeast
    chinaeast2 chinaeast3 ap-tokyo-1 ap-osaka-1 ap-seoul-1 ap-chuncheon-1 ap-northeast jp-tok jp-osa jp-tyo-3
    cn-hangzhou cn-shanghai cn-beijing cn-shenzhen cn-hongkong nrt hkg icn`,
  "apac-se": `ap-southeast-1 ap-southeast-3 ap-southeast-5 ap-southeast-7 asia-southeast1 asia-southeast2 asia-southeast3
    southeastasia indonesiacentral malaysiawest malaysiasouth sgp1 ap-singapore-1 ap-batam-1 id-cgk sg-sin-2 sgp sin
    ap-kulai-2`,
  oc: `ap-southeast-2 ap-southeast-4 ap-southeast-6 australia-southeast1 australia-southeast2 australiaeast
    australiasoutheast australiacentral australiacentral2 newzealandnorth syd1 ap-sydney-1 ap-melbourne-1 au-syd au-mel
    ap-southeast syd mel`,
  afr: "af-south-1 africa-south1 southafricanorth southafricawest af-johannesburg-1 jnb cpt",
  me: `me-south-1 me-central-1 il-central-1 me-west1 me-central1 me-central2 uaenorth uaecentral qatarcentral
    israelcentral saudiarabiaeast me-dubai-1 me-abudhabi-1 me-jeddah-1 me-riyadh-1 il-jerusalem-1 dxb tlv`,
};

const HINTS: ReadonlyMap<string, Region> = new Map(
  Object.entries(NAMES).flatMap(([hint, names]) => names.split(/\s+/).map((name) => [name, hint as Region] as const)),
);

/**
 * The hint nearest to a provider's region; null when the name is unknown or empty. Case and spaces do not matter
 * ("East US" is eastus), a zone's letter or number at the end neither ("us-east-1a", "europe-west1-b"), and a hint is
 * its own region. Never throws.
 */
export function nearestHint(region: string): Region | null {
  const name = region.toLowerCase().replaceAll(/\s+/g, "");
  if (isRegion(name)) return name;
  return HINTS.get(name) ?? HINTS.get(name.replace(/-?[a-z]$/, "")) ?? null;
}
