// The storage account of the app: the Functions host, the Durable task hub, dead letters, packages. No keys, no public blobs.

param token string
param location string
param tags object
param workspaceId string

@description('Keep copies in three zones.')
param zoneRedundant bool

@description('Let nobody in but private endpoints and trusted services, of which Event Grid is one.')
param networkIsolation bool

@description('After how many days dead letters, which hold names and addresses, are deleted.')
param deadLetterRetentionDays int

@description('After how many days packages that were deployed are deleted.')
param packageRetentionDays int

@description('Refuse to delete the account.')
param lock bool

var containers = loadJsonContent('../../storage.json').containers

@description('Where packages are deployed from.')
var packageContainer = 'packages'

@description('Of its own for the canary: Flex Consumption gives what it runs from the same name in each.')
var canaryPackageContainer = 'packages-canary'

var allMetrics = [
  {
    category: 'Transaction'
    enabled: true
  }
]

resource account 'Microsoft.Storage/storageAccounts@2025-06-01' = {
  // checkov:skip=CKV_AZURE_35: denied when networkIsolation is on; without a network nobody could reach it
  // checkov:skip=CKV_AZURE_59: off when networkIsolation is on; identities alone, no keys, get in either way
  // checkov:skip=CKV_AZURE_206: what is here lives for days; zones are a parameter, another region would hold nothing of use
  name: 'st${token}'
  location: location
  tags: tags
  kind: 'StorageV2'
  sku: {
    name: zoneRedundant ? 'Standard_ZRS' : 'Standard_LRS'
  }
  properties: {
    accessTier: 'Hot'
    allowBlobPublicAccess: false
    allowCrossTenantReplication: false
    allowSharedKeyAccess: false
    defaultToOAuthAuthentication: true
    minimumTlsVersion: 'TLS1_2'
    supportsHttpsTrafficOnly: true
    publicNetworkAccess: networkIsolation ? 'Disabled' : 'Enabled'
    networkAcls: {
      // Event Grid writes dead letters as a trusted service, by the identity of its topic.
      bypass: 'AzureServices'
      defaultAction: networkIsolation ? 'Deny' : 'Allow'
    }
    encryption: {
      keySource: 'Microsoft.Storage'
      requireInfrastructureEncryption: true
      services: {
        blob: {
          enabled: true
          keyType: 'Account'
        }
        file: {
          enabled: true
          keyType: 'Account'
        }
        queue: {
          enabled: true
          keyType: 'Account'
        }
        table: {
          enabled: true
          keyType: 'Account'
        }
      }
    }
  }
}

resource blobs 'Microsoft.Storage/storageAccounts/blobServices@2025-06-01' = {
  parent: account
  name: 'default'
  properties: {
    // A dead letter that somebody discarded by mistake can be brought back for a week.
    deleteRetentionPolicy: {
      enabled: true
      days: 7
    }
    containerDeleteRetentionPolicy: {
      enabled: true
      days: 7
    }
  }
}

resource queues 'Microsoft.Storage/storageAccounts/queueServices@2025-06-01' = {
  parent: account
  name: 'default'
}

resource tables 'Microsoft.Storage/storageAccounts/tableServices@2025-06-01' = {
  parent: account
  name: 'default'
}

resource blobContainers 'Microsoft.Storage/storageAccounts/blobServices/containers@2025-06-01' = [for name in concat(containers, [packageContainer, canaryPackageContainer]): {
  parent: blobs
  name: name
  properties: {
    publicAccess: 'None'
  }
}]

resource lifecycle 'Microsoft.Storage/storageAccounts/managementPolicies@2025-06-01' = {
  parent: account
  name: 'default'
  properties: {
    policy: {
      rules: [
        {
          name: 'delete-dead-letters'
          enabled: true
          type: 'Lifecycle'
          definition: {
            filters: {
              blobTypes: [
                'blockBlob'
              ]
              prefixMatch: map(containers, name => '${name}/')
            }
            actions: {
              baseBlob: {
                delete: {
                  // From the last change: a letter that still waits for a person and was touched lives on.
                  daysAfterModificationGreaterThan: deadLetterRetentionDays
                }
              }
            }
          }
        }
        {
          name: 'delete-packages'
          enabled: true
          type: 'Lifecycle'
          definition: {
            filters: {
              blobTypes: [
                'blockBlob'
              ]
              // Only those that the workflows name; what Flex Consumption runs from has a name of its own.
              prefixMatch: [
                '${packageContainer}/release-'
              ]
            }
            actions: {
              baseBlob: {
                delete: {
                  daysAfterModificationGreaterThan: packageRetentionDays
                }
              }
            }
          }
        }
      ]
    }
  }
  // Rules that look at blobs are refused until the service is there.
  dependsOn: [
    blobs
  ]
}

resource accountMetrics 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'to-workspace'
  scope: account
  properties: {
    workspaceId: workspaceId
    metrics: allMetrics
  }
}

resource blobLogs 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'to-workspace'
  scope: blobs
  properties: {
    workspaceId: workspaceId
    // Who deleted a dead letter, and when.
    logs: [
      {
        category: 'StorageDelete'
        enabled: true
      }
    ]
    metrics: allMetrics
  }
}

// Durable Functions makes dozens of requests to queues and tables for each order: logging them would cost more than the order.
resource queueMetrics 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'to-workspace'
  scope: queues
  properties: {
    workspaceId: workspaceId
    metrics: allMetrics
  }
}

resource tableMetrics 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'to-workspace'
  scope: tables
  properties: {
    workspaceId: workspaceId
    metrics: allMetrics
  }
}

resource deletionLock 'Microsoft.Authorization/locks@2020-05-01' = if (lock) {
  name: 'keep'
  scope: account
  properties: {
    level: 'CanNotDelete'
    notes: 'Holds the task hub: without it, orders under way are lost.'
  }
}

output name string = account.name
output id string = account.id
output blobEndpoint string = account.properties.primaryEndpoints.blob
output queueEndpoint string = account.properties.primaryEndpoints.queue
output tableEndpoint string = account.properties.primaryEndpoints.table
output packageContainer string = packageContainer
output canaryPackageContainer string = canaryPackageContainer
output deadLetterContainer string = containers[0]
