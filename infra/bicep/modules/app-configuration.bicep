// The store that feature flags are read from. What is in it: configuration-values.bicep.

param token string
param location string
param tags object
param workspaceId string

@allowed([
  'Free'
  'Developer'
  'Standard'
  'Premium'
])
param sku string

@description('Keep a deleted store for its whole retention; cannot be undone.')
param purgeProtection bool

@description('Let nobody in but private endpoints.')
param networkIsolation bool

resource store 'Microsoft.AppConfiguration/configurationStores@2024-06-01' = {
  name: 'appcs-${token}'
  location: location
  tags: tags
  sku: {
    name: sku
  }
  properties: {
    disableLocalAuth: true
    enablePurgeProtection: purgeProtection
    publicNetworkAccess: networkIsolation ? 'Disabled' : 'Enabled'
    // Without keys, Resource Manager writes flags and values as whoever deploys, who needs App Configuration Data Owner.
    dataPlaneProxy: {
      authenticationMode: 'Pass-through'
      privateLinkDelegation: networkIsolation ? 'Enabled' : 'Disabled'
    }
  }
}

resource logs 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'to-workspace'
  scope: store
  properties: {
    workspaceId: workspaceId
    // Who switched which flag, and when.
    logs: [
      {
        categoryGroup: 'audit'
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

output name string = store.name
output id string = store.id
output endpoint string = store.properties.endpoint
