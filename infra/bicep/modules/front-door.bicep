// One address before the app and its canary, which shares the requests out by weight. deploy-canary.yml shifts the weights.

param token string
param tags object
param workspaceId string
param appHostName string
param canaryHostName string

// The canary's share is its weight in a hundred and itself. It is not asked at all until a release is tried.
var origins = [
  {
    name: 'app'
    hostName: appHostName
    weight: 100
    enabledState: 'Enabled'
  }
  {
    name: 'canary'
    hostName: canaryHostName
    weight: 1
    enabledState: 'Disabled'
  }
]

resource profile 'Microsoft.Cdn/profiles@2025-04-15' = {
  name: 'afd-${token}'
  location: 'global'
  tags: tags
  sku: {
    name: 'Standard_AzureFrontDoor'
  }
  properties: {
    // As long as Functions itself lets a request take, nearly.
    originResponseTimeoutSeconds: 230
  }
}

resource endpoint 'Microsoft.Cdn/profiles/afdEndpoints@2025-04-15' = {
  parent: profile
  name: 'orders-${token}'
  location: 'global'
  tags: tags
  properties: {
    enabledState: 'Enabled'
  }
}

resource group 'Microsoft.Cdn/profiles/originGroups@2025-04-15' = {
  parent: profile
  name: 'orders'
  properties: {
    // Weights count only among origins that are about as fast as the fastest: this takes both for that.
    loadBalancingSettings: {
      sampleSize: 4
      successfulSamplesRequired: 3
      additionalLatencyInMilliseconds: 1000
    }
    // Every edge site asks for itself, a hundred and more of them: a short interval would keep instances busy.
    healthProbeSettings: {
      probePath: '/api/health'
      probeRequestType: 'GET'
      probeProtocol: 'Https'
      probeIntervalInSeconds: 120
    }
    sessionAffinityState: 'Disabled'
    trafficRestorationTimeToHealedOrNewEndpointsInMinutes: 0
  }
}

resource targets 'Microsoft.Cdn/profiles/originGroups/origins@2025-04-15' = [for origin in origins: {
  parent: group
  name: origin.name
  properties: {
    hostName: origin.hostName
    originHostHeader: origin.hostName
    httpsPort: 443
    priority: 1
    weight: origin.weight
    enabledState: origin.enabledState
    enforceCertificateNameCheck: true
  }
}]

resource route 'Microsoft.Cdn/profiles/afdEndpoints/routes@2025-04-15' = {
  parent: endpoint
  name: 'api'
  properties: {
    originGroup: {
      id: group.id
    }
    patternsToMatch: [
      '/api/*'
    ]
    supportedProtocols: [
      'Http'
      'Https'
    ]
    httpsRedirect: 'Enabled'
    forwardingProtocol: 'HttpsOnly'
    linkToDefaultDomain: 'Enabled'
    enabledState: 'Enabled'
  }
  // A route to a group without origins is refused.
  dependsOn: [
    targets
  ]
}

resource logs 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'to-workspace'
  scope: profile
  properties: {
    workspaceId: workspaceId
    // Not the access log: it has addresses of people, and keys where callers put them into the address.
    logs: [
      {
        category: 'FrontDoorHealthProbeLog'
        enabled: true
      }
    ]
    metrics: [
      {
        category: 'AllMetrics'
        enabled: true
      }
    ]
  }
}

output name string = profile.name
output hostName string = endpoint.properties.hostName
