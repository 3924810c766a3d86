// Everything that the app, Event Grid and senders of events may do, on one page. Data roles only, each on the resource that needs it.

@description('The identity that the app runs as.')
param appPrincipalId string

param storageName string
param cosmosName string
param cosmosDatabase string
param configurationName string
param vaultName string
param insightsName string

@description('The topics, as event-grid.bicep returns them.')
param topics array

@description('Where Event Grid puts events that it could not deliver.')
param deadLetterContainer string

@description('Principals (service principals, managed identities) of other systems that send events to the app.')
param eventSenders array

var roles = {
  blobDataOwner: 'b7e6dc6d-f1e8-4753-8033-0f276bb0955b'
  blobDataContributor: 'ba92f5b4-2d11-453d-a403-e96b0029c9fe'
  queueDataContributor: '974c5e8b-45b9-4653-ba55-5f855dd0fb88'
  tableDataContributor: '0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3'
  configurationDataReader: '516239f1-63e1-4d78-a4de-a74fb236a071'
  vaultSecretsUser: '4633458b-17de-408a-b874-0445c86b69e6'
  eventGridDataSender: 'd5a91429-5739-47e2-a06b-3470a27159e7'
  monitoringMetricsPublisher: '3913510d-42f4-4e42-8a64-420c390055eb'
}

var outgoing = filter(topics, topic => !topic.subscribed)
var incoming = filter(topics, topic => topic.subscribed)

var sendersOfTopics = flatten(map(incoming, topic => map(eventSenders, principalId => {
  topicName: topic.resourceName
  principalId: principalId
})))

resource storage 'Microsoft.Storage/storageAccounts@2025-06-01' existing = {
  name: storageName

  resource blobs 'blobServices' existing = {
    name: 'default'

    resource deadLetters 'containers' existing = {
      name: deadLetterContainer
    }
  }
}

resource cosmos 'Microsoft.DocumentDB/databaseAccounts@2025-10-15' existing = {
  name: cosmosName
}

resource configuration 'Microsoft.AppConfiguration/configurationStores@2024-06-01' existing = {
  name: configurationName
}

resource vault 'Microsoft.KeyVault/vaults@2025-05-01' existing = {
  name: vaultName
}

resource insights 'Microsoft.Insights/components@2020-02-02' existing = {
  name: insightsName
}

resource outgoingTopics 'Microsoft.EventGrid/topics@2025-02-15' existing = [for topic in outgoing: {
  name: topic.resourceName
}]

resource incomingTopics 'Microsoft.EventGrid/topics@2025-02-15' existing = [for pair in sendersOfTopics: {
  name: pair.topicName
}]

// The Functions host keeps its locks and keys, Durable Functions its leases, in containers that they make themselves.
var storageRoles = [
  roles.blobDataOwner
  roles.queueDataContributor
  roles.tableDataContributor
]

resource onStorage 'Microsoft.Authorization/roleAssignments@2022-04-01' = [for role in storageRoles: {
  name: guid(storage.id, appPrincipalId, role)
  scope: storage
  properties: {
    principalId: appPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', role)
  }
}]

// Cosmos DB has roles of its own for data; 2 is the built-in Data Contributor. It may neither make nor drop containers.
resource onDatabase 'Microsoft.DocumentDB/databaseAccounts/sqlRoleAssignments@2025-10-15' = {
  parent: cosmos
  name: guid(cosmos.id, cosmosDatabase, appPrincipalId)
  properties: {
    principalId: appPrincipalId
    roleDefinitionId: '${cosmos.id}/sqlRoleDefinitions/00000000-0000-0000-0000-000000000002'
    scope: '${cosmos.id}/dbs/${cosmosDatabase}'
  }
}

resource onConfiguration 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(configuration.id, appPrincipalId, roles.configurationDataReader)
  scope: configuration
  properties: {
    principalId: appPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.configurationDataReader)
  }
}

resource onVault 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(vault.id, appPrincipalId, roles.vaultSecretsUser)
  scope: vault
  properties: {
    principalId: appPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.vaultSecretsUser)
  }
}

resource onInsights 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(insights.id, appPrincipalId, roles.monitoringMetricsPublisher)
  scope: insights
  properties: {
    principalId: appPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.monitoringMetricsPublisher)
  }
}

// The app publishes to what nobody of its own is subscribed to, and to nothing else: it cannot send events to itself.
resource onOutgoingTopics 'Microsoft.Authorization/roleAssignments@2022-04-01' = [for (topic, index) in outgoing: {
  name: guid(topic.id, appPrincipalId, roles.eventGridDataSender)
  scope: outgoingTopics[index]
  properties: {
    principalId: appPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.eventGridDataSender)
  }
}]

resource onIncomingTopics 'Microsoft.Authorization/roleAssignments@2022-04-01' = [for (pair, index) in sendersOfTopics: {
  name: guid(resourceGroup().id, pair.topicName, pair.principalId, roles.eventGridDataSender)
  scope: incomingTopics[index]
  properties: {
    principalId: pair.principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.eventGridDataSender)
  }
}]

// Topics write what could not be delivered into the one container that the app looks for it in.
resource onDeadLetters 'Microsoft.Authorization/roleAssignments@2022-04-01' = [for topic in incoming: {
  name: guid(storage::blobs::deadLetters.id, topic.resourceName, roles.blobDataContributor)
  scope: storage::blobs::deadLetters
  properties: {
    principalId: topic.principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.blobDataContributor)
  }
}]
