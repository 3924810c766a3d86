// Everything that the app, Event Grid and senders of events may do. Data roles only, each on the resource that needs it, from
// infra/roles.json, which says what each is for.

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

var roles = loadJsonContent('../../roles.json')

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

resource onStorage 'Microsoft.Authorization/roleAssignments@2022-04-01' = [for role in roles.app.storage: {
  name: guid(storage.id, appPrincipalId, role.id)
  scope: storage
  properties: {
    principalId: appPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', role.id)
  }
}]

// Cosmos DB has roles of its own for data.
resource onDatabase 'Microsoft.DocumentDB/databaseAccounts/sqlRoleAssignments@2025-10-15' = [for role in roles.app.database: {
  parent: cosmos
  name: guid(cosmos.id, cosmosDatabase, appPrincipalId, role.id)
  properties: {
    principalId: appPrincipalId
    roleDefinitionId: '${cosmos.id}/sqlRoleDefinitions/${role.id}'
    scope: '${cosmos.id}/dbs/${cosmosDatabase}'
  }
}]

resource onConfiguration 'Microsoft.Authorization/roleAssignments@2022-04-01' = [for role in roles.app.configuration: {
  name: guid(configuration.id, appPrincipalId, role.id)
  scope: configuration
  properties: {
    principalId: appPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', role.id)
  }
}]

resource onVault 'Microsoft.Authorization/roleAssignments@2022-04-01' = [for role in roles.app.vault: {
  name: guid(vault.id, appPrincipalId, role.id)
  scope: vault
  properties: {
    principalId: appPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', role.id)
  }
}]

resource onInsights 'Microsoft.Authorization/roleAssignments@2022-04-01' = [for role in roles.app.insights: {
  name: guid(insights.id, appPrincipalId, role.id)
  scope: insights
  properties: {
    principalId: appPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', role.id)
  }
}]

resource onOutgoingTopics 'Microsoft.Authorization/roleAssignments@2022-04-01' = [for (topic, index) in outgoing: {
  name: guid(topic.id, appPrincipalId, roles.app.outgoingTopics[0].id)
  scope: outgoingTopics[index]
  properties: {
    principalId: appPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.app.outgoingTopics[0].id)
  }
}]

resource onIncomingTopics 'Microsoft.Authorization/roleAssignments@2022-04-01' = [for (pair, index) in sendersOfTopics: {
  name: guid(resourceGroup().id, pair.topicName, pair.principalId, roles.eventSenders.incomingTopics[0].id)
  scope: incomingTopics[index]
  properties: {
    principalId: pair.principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.eventSenders.incomingTopics[0].id)
  }
}]

resource onDeadLetters 'Microsoft.Authorization/roleAssignments@2022-04-01' = [for topic in incoming: {
  name: guid(storage::blobs::deadLetters.id, topic.resourceName, roles.topics.deadLetters[0].id)
  scope: storage::blobs::deadLetters
  properties: {
    principalId: topic.principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.topics.deadLetters[0].id)
  }
}]
