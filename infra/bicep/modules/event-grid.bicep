// The topics of infra/event-grid.json. Who is subscribed to them comes in the second stage: event-subscriptions.bicep.

param token string
param location string
param tags object
param workspaceId string

@description('Let nobody publish but over private endpoints.')
param networkIsolation bool

var layout = loadJsonContent('../../event-grid.json').topics

resource topics 'Microsoft.EventGrid/topics@2025-02-15' = [for topic in layout: {
  // checkov:skip=CKV_AZURE_193: off when networkIsolation is on; identities alone, no keys, get in either way
  name: 'evgt-${topic.name}-${token}'
  location: location
  tags: tags
  // Event Grid writes dead letters by it. System-assigned: a firewall's exception for trusted services knows no other kind.
  identity: {
    type: 'SystemAssigned'
  }
  properties: {
    // Fixed at creation.
    inputSchema: topic.inputSchema
    disableLocalAuth: true
    minimumTlsVersionAllowed: '1.2'
    dataResidencyBoundary: 'WithinRegion'
    publicNetworkAccess: networkIsolation ? 'Disabled' : 'Enabled'
  }
}]

resource logs 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = [for (topic, index) in layout: {
  name: 'to-workspace'
  scope: topics[index]
  properties: {
    workspaceId: workspaceId
    // Failures only: what could not be published or delivered.
    logs: [
      {
        category: 'DeliveryFailures'
        enabled: true
      }
      {
        category: 'PublishFailures'
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
}]

@description('The topics; those that nothing of the app is subscribed to are the ones it publishes to.')
output topics array = [for (topic, index) in layout: {
  name: topic.name
  id: topics[index].id
  resourceName: topics[index].name
  endpoint: topics[index].properties.endpoint
  inputSchema: topic.inputSchema
  subscribed: length(topic.subscriptions) > 0
  principalId: topics[index].identity.principalId
}]
