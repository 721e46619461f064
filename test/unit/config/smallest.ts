/** The smallest config that shows every part, as a user would write it. */
export const SMALLEST_YAML = `services:
  shop:
    endpoints:
      - { id: aws, url: "http://127.0.0.1:9001", locality: { cloud: aws, region: us-east-1 } }
      - { id: gcp, url: "http://127.0.0.1:9002", locality: { cloud: gcp, region: europe-west1 }, weight: 2, priority: 0 }
    loadBalancing: { policy: adaptive }        # the default
    retry: { attempts: 2 }                     # the default
    timeouts: { backendRequest: "1s" }
routes:
  - hostnames: ["*"]                           # optional
    rules:
      - matches: [{ path: { type: PathPrefix, value: / } }]
        backendRefs: [{ service: shop }]
`;

export const SMALLEST_JSON = `{
  "services": {
    "shop": {
      "endpoints": [
        { "id": "aws", "url": "http://127.0.0.1:9001", "locality": { "cloud": "aws", "region": "us-east-1" } },
        { "id": "gcp", "url": "http://127.0.0.1:9002", "locality": { "cloud": "gcp", "region": "europe-west1" }, "weight": 2, "priority": 0 }
      ],
      "loadBalancing": { "policy": "adaptive" },
      "retry": { "attempts": 2 },
      "timeouts": { "backendRequest": "1s" }
    }
  },
  "routes": [
    {
      "hostnames": ["*"],
      "rules": [{ "matches": [{ "path": { "type": "PathPrefix", "value": "/" } }], "backendRefs": [{ "service": "shop" }] }]
    }
  ]
}
`;

/** A config with two services in which everything that may be left out is. */
export const BARE = {
  services: {
    shop: { endpoints: [{ id: "a", url: "http://127.0.0.1:9001" }] },
    cart: { endpoints: [{ id: "a", url: "http://127.0.0.1:9002" }] },
  },
  routes: [{ rules: [{ backendRefs: [{ service: "shop" }] }] }],
};
