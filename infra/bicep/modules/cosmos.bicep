// The record: an account without keys, the database and its containers, as infra/cosmos.json has them for the app and the emulator.

param token string
param location string
param tags object
param workspaceId string

@description('serverless pays for each request; autoscale for what is provisioned, of which a tenth always.')
@allowed([
  'serverless'
  'autoscale'
])
param capacity string

@description('Request units a second at most, shared by all containers; only for autoscale.')
param maxThroughput int

@description('Keep replicas in three zones.')
param zoneRedundant bool

@description('Let nobody in but private endpoints.')
param networkIsolation bool

@description('Refuse to delete the account.')
param lock bool

var layout = loadJsonContent('../../cosmos.json')

resource account 'Microsoft.DocumentDB/databaseAccounts@2025-10-15' = {
  // checkov:skip=CKV_AZURE_101: off when networkIsolation is on; identities alone, no keys, get in either way
  name: 'cosmos-${token}'
  location: location
  tags: tags
  kind: 'GlobalDocumentDB'
  properties: {
    databaseAccountOfferType: 'Standard'
    locations: [
      {
        locationName: location
        failoverPriority: 0
        isZoneRedundant: zoneRedundant
      }
    ]
    capabilities: capacity == 'serverless' ? [{ name: 'EnableServerless' }] : []
    consistencyPolicy: {
      defaultConsistencyLevel: 'Session'
    }
    enableMultipleWriteLocations: false
    disableLocalAuth: true
    disableKeyBasedMetadataWriteAccess: true
    minimalTlsVersion: 'Tls12'
    publicNetworkAccess: networkIsolation ? 'Disabled' : 'Enabled'
    backupPolicy: {
      type: 'Continuous'
      continuousModeProperties: {
        // Any second of the last week; this tier costs nothing.
        tier: 'Continuous7Days'
      }
    }
  }
}

resource database 'Microsoft.DocumentDB/databaseAccounts/sqlDatabases@2025-10-15' = {
  parent: account
  name: layout.database
  tags: tags
  properties: {
    resource: {
      id: layout.database
    }
    // Serverless accounts refuse any throughput, an empty one excepted.
    options: capacity == 'autoscale' ? { autoscaleSettings: { maxThroughput: maxThroughput } } : {}
  }
}

resource containers 'Microsoft.DocumentDB/databaseAccounts/sqlDatabases/containers@2025-10-15' = [for container in layout.containers: {
  parent: database
  name: container.id
  tags: tags
  properties: {
    resource: {
      id: container.id
      partitionKey: container.partitionKey
      indexingPolicy: container.indexingPolicy
      defaultTtl: container.?defaultTtl
      uniqueKeyPolicy: container.?uniqueKeyPolicy
    }
  }
}]

resource logs 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'to-workspace'
  scope: account
  properties: {
    workspaceId: workspaceId
    logAnalyticsDestinationType: 'Dedicated'
    // What every request says would cost more than the requests; these say who changed what, and which partition runs hot.
    logs: [
      {
        category: 'ControlPlaneRequests'
        enabled: true
      }
      {
        category: 'PartitionKeyRUConsumption'
        enabled: true
      }
    ]
    metrics: [
      {
        category: 'Requests'
        enabled: true
      }
    ]
  }
}

resource deletionLock 'Microsoft.Authorization/locks@2020-05-01' = if (lock) {
  name: 'keep'
  scope: account
  properties: {
    level: 'CanNotDelete'
    notes: 'Holds the orders.'
  }
}

output name string = account.name
output id string = account.id
output endpoint string = account.properties.documentEndpoint
output database string = layout.database
